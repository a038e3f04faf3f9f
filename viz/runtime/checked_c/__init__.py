"""Run emitted C with every access to a buffer checked by its index.

``instrument`` adds the checks to the lowered module, of which the codegen then writes the text;
``program`` compiles it with the functions of ``checks.h`` and reads what they found; ``user_lines``
places that in the user's text.
"""
