from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.config import nodes
from iot_kernel.config.nodes import NodeReader
from iot_kernel.errors import ConfigError


def reader(tmp_path: Path, text: str | bytes) -> NodeReader:
    file = tmp_path / "x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return NodeReader(file)


def plain(reader: NodeReader, text: str) -> dict[str, str]:
    root = reader.root()
    return {key.value: value.value for key, value in reader.pairs(root, "keys")}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null\n", "~"])
def test_a_file_that_says_nothing_has_no_root(tmp_path: Path, text: str):
    assert reader(tmp_path, text).root() is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1,\n", 3),
        ("a: 1\n b: 2\n", 2),
        ("a: 'x\n", 2),
        ("a: *none\n", 1),
        ("a: 1\n---\nb: 1\n", 2),
        ("\ta: 1\n", 1),
    ],
)
def test_broken_yaml_says_the_line(tmp_path: Path, text: str, line: int):
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        reader(tmp_path, text).root()
    assert caught.value.line == line
    assert str(tmp_path / "x.yaml") in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"a: \xff\xfe\n", b"a: \x00\n", b"\x80", "a: \ud800".encode("utf-8", "surrogatepass")]
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes):
    with pytest.raises(ConfigError, match="UTF-8"):
        reader(tmp_path, data).root()


def test_deep_nesting_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="nested too deeply"):
        reader(tmp_path, "[" * 5000).root()


def test_a_huge_file_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nodes, "FILE_LIMIT", 100)
    with pytest.raises(ConfigError, match="100 bytes"):
        reader(tmp_path, "#" * 101).root()


def test_an_unreadable_file_says_so(tmp_path: Path):
    (tmp_path / "x.yaml").mkdir()  # as root may read every file, a directory stands for one without rights
    with pytest.raises(ConfigError, match="cannot be read"):
        NodeReader(tmp_path / "x.yaml").root()


def test_values_stay_as_they_are_written(tmp_path: Path):
    text = "a: 24:10:03:12:45:12\nb: 0x10\nc: 0777\nd: 1e3\ne: yes\nf: 2024-01-01\n1: 'on'\n"
    yaml = reader(tmp_path, text)
    values = {key.value: yaml.text(value, "it") for key, value in yaml.pairs(yaml.root(), "keys")}
    assert values == {
        "a": "24:10:03:12:45:12",
        "b": "0x10",
        "c": "0777",
        "d": "1e3",
        "e": "yes",
        "f": "2024-01-01",
        "1": "on",
    }


def test_a_key_that_stands_twice_names_both_lines(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"line 3: 'a' stands here twice \(first in line 1\)"):
        plain(reader(tmp_path, "a: 1\nb: 2\na: 3\n"), "")


def test_merge_keys_fill_what_is_missing(tmp_path: Path):
    yaml = reader(tmp_path, "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 0\n")
    settings = yaml.settings({k.value: v for k, v in yaml.pairs(yaml.root(), "k")}["z"], "z", "abc")
    assert {key: node.value for key, node in settings.items()} == {"a": "0", "b": "2", "c": "4"}


@pytest.mark.parametrize(
    "text", ["a: &a\n  b:\n    <<: *a\n", "a: &a\n  <<: *a\n", "a: &a\n  <<: {<<: *a}\n"]
)
def test_mappings_that_merge_in_a_ring_end(tmp_path: Path, text: str):
    yaml = reader(tmp_path, text)
    yaml.pairs(yaml.root(), "keys")


def test_a_merge_bomb_costs_nothing(tmp_path: Path):
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 30)]
    yaml = reader(tmp_path, "\n".join(lines))
    last = yaml.pairs(yaml.root(), "keys")[-1][1]
    assert [key.value for key, _ in yaml.pairs(last, "keys")] == ["k"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [1]", "a list"),
        ("a: {b: 1}", "a mapping"),
        ("a:", "nothing"),
        ("a: !!python/object:os.system x", "a value tagged"),
        ("a: !mine x", "a value tagged"),
        ("a: !!binary eA==", "a value tagged"),
    ],
)
def test_a_text_is_a_scalar(tmp_path: Path, text: str, found: str):
    yaml = reader(tmp_path, text)
    ((_, value),) = yaml.pairs(yaml.root(), "keys")
    with pytest.raises(ConfigError, match=f"line 1: expected text as the value of it, found {found}"):
        yaml.text(value, "it")


def test_switches(tmp_path: Path):
    yaml = reader(tmp_path, "a: true\nb: No\nc: 'true'\nd: 1\n")
    values = [value for _, value in yaml.pairs(yaml.root(), "keys")]
    assert [yaml.truth(value, "it") for value in (*values[:2], None)] == [True, False, None]
    for value in values[2:]:
        with pytest.raises(ConfigError, match="expected true or false for it"):
            yaml.truth(value, "it")


def test_lists(tmp_path: Path):
    yaml = reader(tmp_path, "a: x\nb: [x, 1]\nc: {x: y}\nd: [[x]]\n")
    a, b, c, d = (value for _, value in yaml.pairs(yaml.root(), "keys"))
    assert yaml.texts(a, "it") == ("x",)
    assert yaml.texts(b, "it") == ("x", "1")
    with pytest.raises(ConfigError, match=r"line 3: expected a list .* found a mapping"):
        yaml.texts(c, "it")
    with pytest.raises(ConfigError, match="an entry of it, found a list"):
        yaml.texts(d, "it")


@pytest.mark.parametrize("text", ["- a\n", "a\n", "? [a]\n: b\n"])
def test_pairs_need_a_mapping_with_text_as_keys(tmp_path: Path, text: str):
    yaml = reader(tmp_path, text)
    with pytest.raises(ConfigError, match="line 1: expected"):
        yaml.pairs(yaml.root(), "device names")


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!<|>'\"#\n \t,?0", max_size=80).map(str.encode))
def test_any_file_is_read_or_refused_with_its_name(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    yaml = NodeReader(file)
    try:
        root = yaml.root()
        if root is not None:
            yaml.pairs(root, "device names")
    except ConfigError as error:
        assert error.path == str(file)
