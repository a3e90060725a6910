"""Study files to start from: a complete example, or a draft made from a program's flags."""
