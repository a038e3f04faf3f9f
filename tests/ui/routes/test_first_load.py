"""What a first visit waits for: Streamlit's files are compressed, its page has our outline."""

import asyncio
import gzip

import pytest
from starlette.responses import Response

from viz.ui.routes.compressed import Compressed
from viz.ui.routes.skeleton import Skeleton

PAGE = (
    b'<html><head><link rel="preload" href="./static/media/SourceSansVF.woff2" as="font" />'
    b'<link rel="icon" href="x"></head><body class="a"><div id="root"></div></body></html>'
)
STYLE = (
    b"@font-face{src:url(MaterialSymbols-Rounded.woff2)}@font-face{src:url(other)}" + b"a{}" * 999
)


def answered(middleware, path, content, media, status=200, **headers):
    """Return the status, headers and body of an answer that went through a middleware."""

    async def app(scope, receive, send):
        asked = dict(scope["headers"])
        assert b"if-none-match" not in asked or status == 304
        await Response(content, status, {"etag": "old"}, media)(scope, receive, send)

    sent = []

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(middleware(app)(scope, None, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    shown = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert status == 304 or int(shown["content-length"]) == len(sent[1]["body"])
    return sent[0]["status"], shown, sent[1]["body"]


def test_a_script_is_sent_compressed():
    script = b"let a = 1\n" * 1000
    status, headers, body = answered(
        Compressed, "/static/js/index.js", script, "text/javascript", accept_encoding="gzip, br"
    )
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "accept-encoding"
    assert len(body) < len(script) / 10
    assert gzip.decompress(body) == script


def test_the_style_comes_without_a_font_that_is_not_shown():
    _, _, body = answered(
        Compressed, "/base/static/css/index.css", STYLE, "text/css", accept_encoding="gzip"
    )
    assert gzip.decompress(body).startswith(b"@font-face{src:url(other)}")


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/static/js/index.js", 200, {}),
        ("/static/js/index.js", 200, {"accept_encoding": "gzip", "range": "bytes=0-9"}),
        ("/static/js/nothing.js", 404, {"accept_encoding": "gzip"}),
        ("/static/js/index.js", 304, {"accept_encoding": "gzip", "if_none_match": "old"}),
        ("/static/media/font.woff2", 200, {"accept_encoding": "gzip"}),
        ("/api/parts.js", 200, {"accept_encoding": "gzip"}),
    ],
)
def test_what_is_no_whole_file_is_sent_as_it_is(path, status, headers):
    content = b"content" if status != 304 else b""
    got, shown, body = answered(Compressed, path, content, "text/javascript", status, **headers)
    assert (got, body) == (status, content)
    assert "content-encoding" not in shown


@pytest.mark.parametrize(("path", "is_workspace"), [("/", True), ("/environment", False)])
def test_the_page_has_an_outline_and_the_addresses_of_our_files(path, is_workspace):
    asked = {"accept": "text/html,*/*", "accept_encoding": "gzip", "if_none_match": "old"}
    _, headers, body = answered(Skeleton, path, PAGE, "text/html", **asked)
    page = gzip.decompress(body).decode()
    assert '<body class="a"><style>' in page
    assert page.index('id="skeleton"') < page.index('id="root"')
    assert "SourceSans" not in page
    assert ("ui/workbench/scripts/main.js" in page) == is_workspace
    assert page.count("<link") == page.partition("</head>")[0].count("<link")
    assert "etag" not in headers  # an outline of an older server would come back


def test_what_is_no_page_is_sent_as_it_is():
    for asked, media in ((({"accept": "text/html"}), "application/json"), ({}, "text/html")):
        _, headers, body = answered(Skeleton, "/", PAGE, media, **asked)
        assert body == PAGE
        assert headers["etag"] == "old"
