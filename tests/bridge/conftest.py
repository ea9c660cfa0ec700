"""The user's own files, registry and claims stay out of these tests."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def places(tmp_path_factory):
    directory = tmp_path_factory.mktemp("places")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS"):
            patch.setenv(name, str(directory / name.lower()))
            (directory / name.lower()).mkdir()
        for name in ("IOT_DEVICES", "IOT_LIBS", "IOT_SECRETS"):
            patch.delenv(name, raising=False)
        yield directory
