"""What a study is: its declaration, the file it is loaded from, and the checks before a sweep."""
