"""Turns what user code raised into the protocol's CellError, with the user's frames and a hint where we know one."""

import builtins
import linecache
import os

from .installing import install_line
from .ipython_habits import explain_name
from .limits import MAX_MESSAGE_LENGTH
from .pretty import pretty, safe_text

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
# Of a traceback longer than both together (a recursion without end) the middle is left out.
_FIRST_FRAMES = 20
_LAST_FRAMES = 20
_MAX_LINE_LENGTH = 500
_MAX_CAUSES = 5
# Names among which one is looked for that resembles a mistyped one.
_MAX_CANDIDATES = 5_000

# Import name → name of the package that has it, where they differ.
_PACKAGES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def describe(error, cells, known):
    """CellError for `error`: `cells` are ids whose code may be in the traceback, `known` the names to suggest."""
    described = {
        "kind": "exception",
        "name": type(error).__name__,
        "message": _message(error),
        "traceback": _frames(error.__traceback__, cells),
    }
    hint = _hint(error, known)
    if hint:
        described["hint"] = hint
    return described


def describe_syntax(error):
    """CellError for a cell that does not parse."""
    return {
        "kind": "syntax",
        "message": error.msg or type(error).__name__,
        "line": max(error.lineno or 1, 1),
        "column": max(error.offset or 1, 1),
    }


def _message(error):
    parts = [_text(error)]
    for note in getattr(error, "__notes__", None) or ():
        parts.append(safe_text(str, note))
    for inner in getattr(error, "exceptions", None) or ():
        if isinstance(inner, BaseException):
            parts.append(f"  {safe_line(inner)}")
    seen = {id(error)}
    current = error
    while len(seen) <= _MAX_CAUSES:
        if current.__cause__ is not None:
            current, relation = current.__cause__, "Caused by"
        elif current.__context__ is not None and not current.__suppress_context__:
            current, relation = current.__context__, "Raised while handling"
        else:
            break
        if id(current) in seen:
            break
        seen.add(id(current))
        parts.append(f"{relation} {safe_line(current)}")
    message = "\n".join(parts)
    if len(message) > MAX_MESSAGE_LENGTH:
        message = message[:MAX_MESSAGE_LENGTH] + "… [message cut]"
    return message


def _text(error):
    """`str(error)`; where that is the `repr` of arguments, which may be huge, only as much of it as is shown."""
    own_str = type(error).__str__
    # The real ones: a class may have an attribute of this name that is anything, or raises.
    arguments = BaseException.args.__get__(error)
    if own_str is KeyError.__str__ and len(arguments) == 1:
        return safe_text(representation, arguments[0])
    plain = own_str is OSError.__str__ and len(arguments) < 2
    if plain or own_str in (BaseException.__str__, KeyError.__str__):
        if len(arguments) != 1:
            return safe_text(representation, arguments) if arguments else ""
        if type(arguments[0]).__str__ is object.__str__:
            return safe_text(representation, arguments[0])
        return safe_text(str, arguments[0])
    return safe_text(str, error)


def representation(value):
    """`repr`, but no longer than a message may be."""
    return pretty(value, MAX_MESSAGE_LENGTH)


def safe_line(error):
    """Type and message of an exception, in short."""
    text = _text(error)
    if len(text) > _MAX_LINE_LENGTH:
        text = text[:_MAX_LINE_LENGTH] + "…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _frames(trace, cells):
    frames = []
    in_user_code = False
    while trace is not None:
        code = trace.tb_frame.f_code
        filename = code.co_filename
        cell = filename[1:-1] if filename[:1] == "<" and filename[1:-1] in cells else None
        in_user_code = in_user_code or cell is not None
        # Above the first cell frame are only the kernel and its event loop.
        if in_user_code and not filename.startswith(_OWN_FOLDER):
            frames.append((cell, filename, trace.tb_lineno or 1, code.co_name))
        trace = trace.tb_next
    if len(frames) > _FIRST_FRAMES + _LAST_FRAMES:
        frames = frames[:_FIRST_FRAMES] + frames[-_LAST_FRAMES:]
    return [
        {
            "cell": cell,
            "file": None if cell is not None else filename,
            "line": line,
            "function": function,
            "source": linecache.getline(filename, line).strip()[:_MAX_LINE_LENGTH],
        }
        for cell, filename, line, function in frames
    ]


def _hint(error, known):
    if isinstance(error, SystemExit):
        return "sys.exit() does not stop the notebook, only this cell. Use an if statement to leave code out."
    if type(error).__name__ == "BdbQuit":
        return "A debugger cannot ask in a notebook; print values instead, or split the cell."
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        package = _PACKAGES.get(top, top)
        return f"Install it by running this in a cell: {install_line([package])}"
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        name = missing_name(error)
        if name == "__file__":
            return "A notebook is no file; its folder is os.getcwd()."
        if name and explain_name(name):
            return explain_name(name)
        if name in known:
            return f"Another cell makes {name} in a way that cannot be seen in its code, such as exec() or import *. Assign it by name there."
        suggestion = _suggestion(name, known)
        return f"Did you mean {suggestion}?" if suggestion else None
    if isinstance(error, RecursionError):
        return "A function calls itself without end; check the condition that should stop it."
    if isinstance(error, MemoryError):
        return "The kernel has no memory left for this; use less data or restart the kernel."
    return None


def missing_name(error):
    """The name that a NameError is about; None where it does not say. Calls none of the error's own code."""
    name = NameError.name.__get__(error) if _NAME_IS_TOLD else None
    if name is None:
        # Before Python 3.10, and where a library raises it, only the message says it.
        message = next(iter(BaseException.args.__get__(error)), None)
        parts = message.split("'") if type(message) is str else ()
        name = parts[1] if len(parts) > 2 else None
    return name if type(name) is str else None


_NAME_IS_TOLD = hasattr(NameError, "name")


def _suggestion(name, known):
    if not name:
        return None
    import difflib

    candidates = [*sorted(known)[:_MAX_CANDIDATES], *dir(builtins)]
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.7)
    return close[0] if close else None
