"""The magics: one small module a subject."""
