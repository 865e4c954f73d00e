"""What to do about a package that is missing, in the words of a cell."""


def install_line(packages):
    """A line of Python that installs the packages into the interpreter that runs the cells."""
    words = ", ".join(map(repr, ["-m", "pip", "install", *packages]))
    return f"import subprocess, sys; subprocess.run([sys.executable, {words}])"
