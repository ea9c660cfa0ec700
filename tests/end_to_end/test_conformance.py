"""Jupyter's own conformance suite: both kernelspecs, cells on the board and cells on the host."""

import jupyter_kernel_test
from jupyter_kernel_test.msgspec_v5 import validate_message

from tests.end_to_end.notebook import virtual

CONNECT_TIMEOUT = 30


#: Completions in any cell: names of magics, options, words.
_MAGICS = {
    "%softr": {"%softreset"},
    "%cp --rec": {"--recursive"},
    "%upip ins": {"install"},
    "%loglevel deb": {"DEBUG"},
    "%%connect --h": {"--host", "--help"},
}


class _Suite(jupyter_kernel_test.KernelTests):
    """What is the same in all variants. Abstract: has no kernel."""

    __test__ = False
    connects = True
    prefix = ""
    language_name = "micropython"
    file_extension = ".py"
    supported_history_operations = ("tail", "range", "search")

    @property
    def code_history_pattern(self):
        return f"{self.prefix}1?2"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.connects:
            code = f"%connect {virtual(cls.kernel_name)}"
            reply = cls.kc.execute_interactive(code, timeout=CONNECT_TIMEOUT, allow_stdin=False)
            assert reply["content"]["status"] == "ok", reply["content"]
        receive = cls.kc.iopub_channel.get_msg
        cls.kc.iopub_channel.get_msg = lambda timeout: receive(timeout=max(timeout, CONNECT_TIMEOUT))

    def flush_channels(self):
        """Takes what earlier requests have left.

        The suite waits for 0.1 s of silence instead; on a busy computer any message may take that long.
        """
        request = self.kc.kernel_info()
        for receive, last in ((self.kc.get_shell_msg, "kernel_info_reply"), (self.kc.get_iopub_msg, "idle")):
            seen = ""
            while seen != last:
                message = receive(timeout=CONNECT_TIMEOUT)
                validate_message(message)
                if message["parent_header"].get("msg_id") == request:
                    seen = message["content"].get("execution_state", message["msg_type"])


class _BoardCells(_Suite):
    """Cells for the board."""

    complete_code_samples = ("1", "print('hello, world')", "def f(x):\n  return x*2\n\n", "%connect sim://")
    incomplete_code_samples = ("print('''hello", "def f(x):\n  x*2", "%%host", "%%host\nx = 1", "for i in x:")
    invalid_code_samples = ("import = 7q",)

    @property
    def code_hello_world(self):
        return f"{self.prefix}print('hello, world')"

    @property
    def code_stderr(self):
        return f"{self.prefix}import sys; print('test', file=sys.stderr)"

    @property
    def code_page_something(self):
        return f"{self.prefix}zip?"

    @property
    def code_generate_error(self):
        return f"{self.prefix}raise ValueError('no')"

    @property
    def code_execute_result(self):
        codes = {"1+2": "3", "[n*n for n in range(3)]": "[0, 1, 4]", "'a'": "'a'"}
        html = "class A:\n def _repr_html_(self): return '<b>test</b>'\nA()"
        plain = [{"code": self.prefix + code, "result": result} for code, result in codes.items()]
        return [*plain, {"code": self.prefix + html, "result": "<b>test</b>", "mime": "text/html"}]

    @property
    def code_display_data(self):
        html = "ucore.display('<b>test</b>', mime='text/html')"
        png = "ucore.display(b'\\x89PNG', mime='image/png')"
        pixels = "ucore.display(bytes(8), width=2, height=2)"
        mimes = {html: "text/html", png: "image/png", pixels: "image/png"}
        return [{"code": self.prefix + code, "mime": mime} for code, mime in mimes.items()]

    @property
    def code_clear_output(self):
        return f"{self.prefix}ucore.clear_output()"

    @property
    def completion_samples(self):
        codes = {
            "zi": {"zip"},
            "import sys\nsys.platf": {"platform"},
            "'text'.upp": {"upper"},
            "from mach": {"machine"},
            "import os, tim": {"time"},
            "def f(alpha): pass\nf(alp": {"alpha="},
            "'zi": set(),
        }
        samples = [{"text": self.prefix + code, "matches": names} for code, names in codes.items()]
        return [{"text": text, "matches": names} for text, names in _MAGICS.items()] + samples

    @property
    def code_inspect_sample(self):
        return f"{self.prefix}print"

    def test_stdin(self):
        """The suite has no sample for it."""
        self.flush_channels()
        request = self.kc.execute(f"{self.prefix}'hello ' + input('name? ')", allow_stdin=True)
        assert self.kc.get_stdin_msg(timeout=CONNECT_TIMEOUT)["content"] == {
            "prompt": "name? ",
            "password": False,
        }
        self.kc.input("Ada")
        reply = self.get_non_kernel_info_reply(timeout=CONNECT_TIMEOUT)
        assert (reply["parent_header"]["msg_id"], reply["content"]["status"]) == (request, "ok")
        while (message := self.kc.get_iopub_msg(timeout=CONNECT_TIMEOUT))["msg_type"] != "execute_result":
            pass
        assert message["content"]["data"]["text/plain"] == "'hello Ada'"


class _HostCells(_Suite):
    """Cells for the host."""

    connects = False
    complete_code_samples = ("%%host\nx = 1\n", "%%bash\nls\n")
    incomplete_code_samples = ("%%host\nprint('''hello", "%%host", "%%host\ndef f(x):\n  x*2")

    def code(self, text):
        return self.prefix + text

    @property
    def code_hello_world(self):
        return self.code("print('hello, world')")

    @property
    def code_stderr(self):
        return self.code("import sys; print('test', file=sys.stderr)")

    @property
    def code_generate_error(self):
        return self.code("raise ValueError('no')")

    @property
    def code_page_something(self):
        return self.code("zip?")

    @property
    def code_clear_output(self):
        return self.code("from IPython.display import clear_output; clear_output()")

    @property
    def code_inspect_sample(self):
        return self.code("zip")

    @property
    def completion_samples(self):
        magics = [{"text": text, "matches": names} for text, names in _MAGICS.items()]
        return [{"text": self.code("zi"), "matches": {"zip"}}, *magics]

    @property
    def code_execute_result(self):
        codes = {"1+2": "3", "[n*n for n in range(1, 4)]": "[1, 4, 9]"}
        html = "from IPython.display import HTML; HTML('<b>test</b>')"
        plain = [{"code": self.code(code), "result": result} for code, result in codes.items()]
        return [*plain, {"code": self.code(html), "result": "<b>test</b>", "mime": "text/html"}]

    @property
    def code_display_data(self):
        html = "from IPython.display import HTML, display; display(HTML('<b>test</b>'))"
        png = "from IPython.display import Image, display; display(Image(b'\\x89PNG', format='png'))"
        return [
            {"code": self.code(html), "mime": "text/html"},
            {"code": self.code(png), "mime": "image/png"},
        ]


class TestIotBoard(_BoardCells):
    __test__ = True
    kernel_name = "iot"


class TestUcoreBoard(_BoardCells):
    __test__ = True
    kernel_name = "ucore"
    prefix = "%%ucore\n"
    complete_code_samples = ("%%ucore\nx\n", "%connect sim://")
    incomplete_code_samples = ("%%ucore", "%%ucore\nfor i in x:")
    invalid_code_samples = ()


class TestIotHost(_HostCells):
    __test__ = True
    kernel_name = "iot"
    prefix = "%%host\n"


class TestUcoreHost(_HostCells):
    __test__ = True
    kernel_name = "ucore"
    complete_code_samples = ("1", "print('hello, world')", "%timeit 1", "!ls")
    incomplete_code_samples = ("print('''hello", "def f(x):\n  x*2", "%%timeit")
    invalid_code_samples = ("import = 7q",)


class _Welcome(jupyter_kernel_test.IopubWelcomeTests):
    """Abstract: has no kernel."""

    __test__ = False

    def test_recv_iopub_welcome_msg(self):
        """The suite wants the welcome first; the protocol only says that it comes.

        A subscription holds as soon as it arrives. If the kernel says just then that it starts, this may be
        heard before the kernel has seen the subscription, and welcomed it.
        """
        self.kc.start_channels()
        before = []
        while (message := self.kc.get_iopub_msg(timeout=CONNECT_TIMEOUT))["msg_type"] != "iopub_welcome":
            before.append(message["content"])
        assert message["content"] == {"subscription": ""}  # to all there is
        assert before in ([], [{"execution_state": "starting"}])


class TestIotWelcome(_Welcome):
    __test__ = True
    kernel_name = "iot"


class TestUcoreWelcome(_Welcome):
    __test__ = True
    kernel_name = "ucore"
