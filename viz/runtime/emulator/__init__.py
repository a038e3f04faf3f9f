"""Run modules lowered for CUDA on the emulated GPU (:mod:`viz.emulator`).

``host_rewrite`` redirects the lowered host function to it, ``device`` launches kernels, and
``user_lines`` places the mistakes found in the user's text.
"""
