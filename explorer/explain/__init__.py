"""Explanations of a trace, one file per method; numpy only, so the window may call them."""
