"""The words of the help desk as frozen values. Everything imports these; they import only the standard library."""
