"""`stop()`, with which a cell ends itself and, quietly, whatever depends on it."""


class Stopped(BaseException):
    """Raised by `stop`. No Exception: `except Exception` around it is not meant for it."""


def stop(condition=True, output=None):
    """
    Ends the cell here, without an error, if the condition holds. `output` is shown in its place. Cells that depend on
    this one do not run; everything else does.
    """
    if not condition:
        return
    if output is not None:
        display(output)  # noqa: F821 - one of the functions that every cell can use
    raise Stopped
