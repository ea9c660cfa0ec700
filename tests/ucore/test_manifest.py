"""What MicroPython's build reads: the calls in the manifest, as its documentation has them."""

from iot_kernel import ucore


def test_what_it_freezes():
    calls = []
    names = {
        "metadata": lambda **about: calls.append(("metadata", sorted(about))),
        "module": lambda path: calls.append(("module", path)),
    }
    exec(compile(ucore.source("manifest"), "manifest.py", "exec"), names)
    assert calls == [("metadata", ["description", "version"]), ("module", "ucore.py")]
    assert ucore.place().with_name(calls[1][1]).is_file()


def test_its_version_grows_with_the_modules():
    versions = {}
    exec(
        "\n".join(line for line in ucore.source("ucore").splitlines() if line.startswith("VERSION")), versions
    )
    assert f'version="{versions["VERSION"]}.' in ucore.source("manifest")
    assert versions["VERSION"] == ucore.VERSION
