"""HTML of a trace and of its parts: inline styles only, bounded sizes, all text of models and documents escaped.

It computes nothing that the trace does not hold, and imports neither IPython nor ipywidgets.
"""
