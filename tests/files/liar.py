"""A virtual board that mounts a file system of its user's which tells what is not true."""

#: Mounts at /lie; a name of None stands for entries without end, "loop" is a directory of its own again.
_PROGRAM = """
import os,io
class Liar:
 def __init__(self,names):self.names=names
 def mount(self,readonly,new):pass
 def umount(self):pass
 def chdir(self,path):pass
 def getcwd(self):return '/'
 def stat(self,path):
  if path.endswith('nowhere')or'*'in path:raise OSError(2)
  return(0x4000 if path.strip('/').endswith('loop')or path in('','/')else 0x8000,0,0,0,0,0,SIZE,0,0,0)
 def statvfs(self,path):return(1,)*10
 def open(self,path,mode):return io.BytesIO(b'lie')
 def ilistdir(self,path):
  for name in self.names:
   yield(name,0x8000,0)
  number=0
  while ENDLESS:
   yield('nowhere'if SILENT else'file%d'%number,0x8000,0)
   number+=1
try:os.umount('/lie')
except OSError:pass
os.mount(Liar(NAMES),'/lie')
"""


def lie(names=(), *, endless=False, silent=False, size=3):
    """Returns a cell that mounts it.

    Args:
        names: of the entries.
        endless: more entries follow, and never end.
        silent: nothing is there that these stand for, so that a listing says nothing of them.
        size: of each file, as the board says.
    """
    given = {"NAMES": list(names), "ENDLESS": endless, "SILENT": silent, "SIZE": size}
    code = _PROGRAM
    for name, value in given.items():
        code = code.replace(name, repr(value))
    return code
