"""A value's MIME bundle, by Jupyter's conventions and by what we know of a few libraries."""

import base64
import json

from .errors import safe_line
from .figures import render_figure
from .json_values import clean_json, json_tree
from .limits import MAX_BUNDLE_BYTES, MAX_TEXT_LENGTH
from .pretty import pretty, safe_text

_METHODS = (
    ("text/html", "_repr_html_"),
    ("text/markdown", "_repr_markdown_"),
    ("image/svg+xml", "_repr_svg_"),
    ("image/png", "_repr_png_"),
    ("image/jpeg", "_repr_jpeg_"),
    ("text/latex", "_repr_latex_"),
    ("application/json", "_repr_json_"),
    ("application/javascript", "_repr_javascript_"),
)

_MAX_LINE_LENGTH = 80


def bundle_of(value, include=None, exclude=None):
    """(bundle, metadata) of `value`; None where the value shows itself through `_ipython_display_`."""
    kind = type(value)
    known = _of_library(value)
    if known is not None:
        data, metadata = known
    elif hasattr(kind, "_ipython_display_"):
        return None
    else:
        failures = []
        data, metadata = _of_methods(value, failures)
        if kind in (dict, list):
            # What fits into a line is read more easily as Python writes it.
            data["text/plain"] = plain_text(value)
            tree = json_tree(value) if len(data["text/plain"]) > _MAX_LINE_LENGTH else None
            if tree is not None:
                data["application/json"] = tree
        if failures:
            data["text/plain"] = "\n".join([data.get("text/plain") or plain_text(value), *failures])
    if "text/plain" not in data:
        data["text/plain"] = plain_text(value)
    if include:
        data = {mime: content for mime, content in data.items() if mime in include}
    if exclude:
        data = {mime: content for mime, content in data.items() if mime not in exclude}
    return data, metadata


def plain_text(value):
    """`repr(value)`, cut where it is long; a sentence where it raises."""
    return safe_text(representation, value)


def representation(value):
    """`repr`, but bounded while it is built."""
    return pretty(value, MAX_TEXT_LENGTH)


def _of_library(value):
    """The bundle of a plot, whose own methods would ask for a browser, IPython or a script from the network."""
    kinds = {(base.__module__.partition(".")[0], base.__name__) for base in type(value).__mro__}
    if ("plotly", "BaseFigure") in kinds:
        figure = json.loads(value.to_json())
        text = f"Figure with {len(figure.get('data', ()))} traces"
        return {"application/vnd.plotly.v1+json": clean_json(figure), "text/plain": text}, {}
    if ("altair", "TopLevelMixin") in kinds:
        spec = value.to_dict()
        version = "v5" if "/v5" in spec.get("$schema", "") else "v6"
        mime = f"application/vnd.vegalite.{version}+json"
        return {mime: clean_json(spec), "text/plain": f"<altair {type(value).__name__}>"}, {}
    if ("matplotlib", "Figure") in kinds:
        return render_figure(value)
    return None


def _of_methods(value, failures):
    data, metadata = {}, {}
    if isinstance(value, type):
        return data, metadata
    made = _call(value, "_repr_mimebundle_", failures, include=None, exclude=None)
    if isinstance(made, tuple) and len(made) == 2:
        made, metadata = made
        metadata = clean_json(dict(metadata or {}))
    if isinstance(made, dict):
        data = {str(mime): _content(mime, content) for mime, content in made.items()}
    for mime, method in _METHODS:
        if mime in data or (mime == "image/jpeg" and _fits(data.get("image/png"))):
            continue
        content = _call(value, method, failures)
        if isinstance(content, tuple) and len(content) == 2:
            content, extra = content
            metadata[mime] = clean_json(extra)
        if content is not None:
            data[mime] = _content(mime, content)
            if mime == "image/jpeg":
                data.pop("image/png", None)
    return data, metadata


def _fits(image):
    """Whether there is a picture already, and one that may be sent: pillow offers each as PNG and as JPEG."""
    return image is not None and len(image) < MAX_BUNDLE_BYTES // 2


def _call(value, method, failures, **options):
    """What a representation method returns; None where there is none or it fails, for then others remain.

    A failure is noted for the reader, except the one by which libraries say that a value has no such form.
    """
    function = getattr(type(value), method, None)
    if function is None:
        return None
    try:
        return function(value, **options)
    except NotImplementedError:
        return None
    except Exception as error:
        failures.append(f"[{method} failed: {safe_line(error)}]")
        return None


def _content(mime, content):
    if isinstance(content, (bytes, bytearray)):
        return base64.b64encode(content).decode("ascii")
    if mime.endswith("json"):
        return clean_json(content)
    return content if isinstance(content, str) else str(content)
