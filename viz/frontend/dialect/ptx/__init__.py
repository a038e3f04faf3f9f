"""Older calls of PTX instructions, brought into today's form: ``instructions.toml`` lists them."""
