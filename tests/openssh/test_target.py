"""Where ssh's own files are; what ssh makes of them is in the tests of %%ssh and ssh://."""

from iot_kernel.openssh.target import _system_file


def test_the_systems_file_on_windows_is_named_so_that_ssh_reads_it():
    assert _system_file({"PROGRAMDATA": r"C:\ProgramData"}, windows=True) == '"C:/ProgramData/ssh/ssh_config"'
    assert _system_file({}, windows=False) == "/etc/ssh/ssh_config"
