"""Study files to begin with: a whole example, or what a program's flags suggest."""
