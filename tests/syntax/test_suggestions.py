"""What is said of a magic that nobody knows."""

from iot_kernel.syntax.suggestions import not_defined
from tests.each import each

OURS = ["%connect", "%info", "%uid", "!", "%%bash", "%%connect", "%%ucore"]
OTHERS = ["%timeit", "%cd", "%%timeit", "%%html"]


@each(
    ("title", "text"),
    [
        ("%nosuch", "Line magic nosuch not defined; %lsmagic lists all"),
        ("%%nosuch", "Cell magic %%nosuch not defined; %lsmagic lists all"),
        ("%inof", "Line magic inof not defined; did you mean %info? %lsmagic lists all"),
        ("%conect", "Line magic conect not defined; did you mean %connect? %lsmagic lists all"),
        ("%%conect", "Cell magic %%conect not defined; did you mean %%connect? %lsmagic lists all"),
        ("%timit", "Line magic timit not defined; did you mean %timeit? %lsmagic lists all"),
        ("%bash", "Line magic bash not defined; did you mean %%bash? %lsmagic lists all"),
        ("%%uid", "Cell magic %%uid not defined; did you mean %uid? %lsmagic lists all"),
        ("%html", "Line magic html not defined; did you mean %%html? %lsmagic lists all"),
        ("%info", "Line magic info not defined on the host; it works in a cell without %%host and --host"),
        (
            "%%ucore",
            "Cell magic %%ucore not defined on the host; it works in a cell without %%host and --host",
        ),
    ],
)
def test_the_words(title, text):
    assert not_defined(title, OURS, OTHERS) == text


def test_ours_are_meant_before_others():
    assert "did you mean %infos?" in not_defined("%info", ["%infos"], ["%info_"])
