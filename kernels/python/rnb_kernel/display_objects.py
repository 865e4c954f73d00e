"""The objects of `IPython.display` that notebooks use most, for Pythons without IPython."""

import json
import os

__all__ = ["HTML", "JSON", "SVG", "Image", "Javascript", "Latex", "Markdown", "Pretty"]


class _Content:
    """Content of one MIME type, given as data, or read from a local file."""

    mime = "text/plain"
    binary = False

    def __init__(self, data=None, url=None, filename=None, metadata=None, **_):
        if url is not None:
            raise ValueError(
                "A URL is not fetched for display; use HTML('<img src=…>') or read it yourself."
            )
        if filename is None and isinstance(data, (str, os.PathLike)) and self._is_file(data):
            filename = data
        if filename is not None:
            with open(filename, "rb") as file:
                data = file.read()
            if not self.binary:
                data = data.decode("utf-8")
        self.data = data
        self.metadata = metadata or {}

    def _is_file(self, _data):
        return False

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self.mime: self.data, "text/plain": repr(self)}, self.metadata

    def __repr__(self):
        return f"<{type(self).__name__} object>"


class Pretty(_Content):
    def __repr__(self):
        return self.data


class HTML(_Content):
    mime = "text/html"

    def _repr_html_(self):
        return self.data


class Markdown(_Content):
    mime = "text/markdown"


class Latex(_Content):
    mime = "text/latex"


class SVG(_Content):
    mime = "image/svg+xml"

    def _is_file(self, data):
        return not str(data).lstrip().startswith("<")


class Javascript(_Content):
    mime = "application/javascript"


class JSON(_Content):
    mime = "application/json"

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        if isinstance(self.data, str):
            self.data = json.loads(self.data)


class Image(_Content):
    """A PNG, JPEG or GIF, from bytes or a local file; `width` and `height` in pixels."""

    binary = True

    def __init__(self, data=None, width=None, height=None, **options):
        super().__init__(data, **options)
        self.mime = _image_mime(self.data)
        size = {key: value for key, value in (("width", width), ("height", height)) if value}
        if size:
            self.metadata = {**self.metadata, self.mime: size}

    def _is_file(self, _data):
        return True


def _image_mime(data):
    for start, mime in (
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8", "image/jpeg"),
        (b"GIF8", "image/gif"),
    ):
        if data is not None and data.startswith(start):
            return mime
    raise ValueError("Not a PNG, JPEG or GIF image.")
