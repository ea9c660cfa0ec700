// The virtual board on MicroPython's WebAssembly port:
//
//     node web_assembly.mjs PACKAGE DIRECTORY HEAP UID
//
// PACKAGE holds the port as npm has it, DIRECTORY is the board's file system, HEAP is in bytes, UID in hex
// digits. Standard input and output are the board's terminal; one line on standard error says that it is on.
//
// The main thread is the board: it feeds bytes to the REPL one by one, as a UART would, and is blocked for as long as
// board code runs. A worker is the wire, so that it goes on meanwhile. What a board has and the port has not is here:
// files that outlive it, boot.py and main.py, a reboot after a soft reset, and the interrupt that a 0x03 raises while
// code runs (web_assembly_input.mjs).

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { CTRL_C, inputOf } from './web_assembly_input.mjs';

const FORCED_EXIT = 0x100; // the REPL's answer when code or Ctrl-D asked for a reset
const PYSTACK_WORDS = 4096;
const OUTPUT_BYTES = 1 << 16; // output on its way from the board to the wire; a power of two
const READ_BYTES = 1 << 16;
const WRITTEN = 0, TAKEN = 1, PENDING = 2; // byte counts of the output, and what the board has not yet worked off
const EAGAIN_MS = 1;
const FIRMWARE = '/firmware'; // where the port finds modules of the board, until it is set up
const ROOT = '/board'; // where the port finds DIRECTORY

// Numbers of errors as the port has them (WASI's), by node's names.
const ERRNO = {
    EACCES: 2, EBADF: 8, EBUSY: 10, EEXIST: 20, EINVAL: 28, EIO: 29, EISDIR: 31, EMFILE: 33, ENAMETOOLONG: 37, ENOENT: 44,
    ENOSPC: 51, ENOTDIR: 54, ENOTEMPTY: 55, EPERM: 63, EROFS: 69, EXDEV: 75,
};
const DIRECTORY_MODE = 0o40777, FILE_MODE = 0o100666, DIRECTORY_KIND = 0o40000, KINDS = 0o170000;

// Bytes from the board to the wire; a full one holds the board up.
class Output {
    constructor(state, buffer) {
        this.state = state;
        this.buffer = buffer;
    }

    put(byte) {
        const written = this.state[WRITTEN];
        for (;;) {
            const taken = Atomics.load(this.state, TAKEN);
            if (((written - taken) | 0) < OUTPUT_BYTES) {
                break;
            }
            Atomics.wait(this.state, TAKEN, taken);
        }
        this.buffer[written & (OUTPUT_BYTES - 1)] = byte;
        Atomics.store(this.state, WRITTEN, (written + 1) | 0);
        Atomics.notify(this.state, WRITTEN);
    }

    async take() {
        const taken = this.state[TAKEN];
        await Atomics.waitAsync(this.state, WRITTEN, taken).value;
        const size = (Atomics.load(this.state, WRITTEN) - taken) | 0;
        const chunk = Buffer.alloc(size);
        for (let i = 0; i < size; i++) {
            chunk[i] = this.buffer[(taken + i) & (OUTPUT_BYTES - 1)];
        }
        return chunk;
    }

    taken(size) {
        Atomics.add(this.state, TAKEN, size);
        Atomics.notify(this.state, TAKEN);
    }
}

// A file system of the port whose files are those of a directory of this computer.
function directoryFileSystem(FS, directory) {
    const where = node => {
        const parts = [];
        for (; node.parent !== node; node = node.parent) {
            parts.unshift(node.name);
        }
        return path.join(directory, ...parts);
    };
    const ask = call => {
        try {
            return call();
        } catch (error) {
            throw error.code ? new FS.ErrnoError(ERRNO[error.code] ?? ERRNO.EIO) : error;
        }
    };
    const make = (parent, name, mode) => {
        const node = FS.createNode(parent, name, mode, 0);
        node.node_ops = nodeOperations;
        node.stream_ops = streamOperations;
        return node;
    };
    const modeOf = found => (found.isDirectory() ? DIRECTORY_MODE : FILE_MODE);
    const nodeOperations = {
        getattr(node) {
            const found = ask(() => fs.statSync(where(node)));
            const { size, atime, mtime, ctime } = found;
            return {
                dev: 1, ino: node.id, mode: modeOf(found), nlink: 1, uid: 0, gid: 0, rdev: 0, size, atime, mtime, ctime,
                blksize: 4096, blocks: Math.ceil(size / 512),
            };
        },
        setattr(node, attributes) {
            if (attributes.size !== undefined) {
                ask(() => fs.truncateSync(where(node), attributes.size));
            }
        },
        lookup(parent, name) {
            return make(parent, name, modeOf(ask(() => fs.statSync(path.join(where(parent), name)))));
        },
        mknod(parent, name, mode) {
            const target = path.join(where(parent), name);
            const isDirectory = (mode & KINDS) === DIRECTORY_KIND;
            ask(() => (isDirectory ? fs.mkdirSync(target) : fs.writeFileSync(target, '')));
            return make(parent, name, isDirectory ? DIRECTORY_MODE : FILE_MODE);
        },
        rename(node, parent, name) {
            ask(() => fs.renameSync(where(node), path.join(where(parent), name)));
            node.name = name;
        },
        unlink(parent, name) {
            ask(() => fs.unlinkSync(path.join(where(parent), name)));
        },
        rmdir(parent, name) {
            ask(() => fs.rmdirSync(path.join(where(parent), name)));
        },
        readdir(node) {
            return ['.', '..', ...ask(() => fs.readdirSync(where(node)))];
        },
        statfs() {
            const found = ask(() => fs.statfsSync(directory));
            return { bsize: found.bsize, frsize: found.bsize, blocks: found.blocks, bfree: found.bfree, bavail: found.bavail };
        },
    };
    const streamOperations = {
        open(stream) {
            if (!FS.isDir(stream.node.mode)) {
                const flags = (stream.flags & 3) === 0 ? 'r' : 'r+';
                stream.file = ask(() => fs.openSync(where(stream.node), flags));
            }
        },
        close(stream) {
            if (stream.file !== undefined) {
                ask(() => fs.closeSync(stream.file));
            }
        },
        read(stream, buffer, offset, length, position) {
            return length && ask(() => fs.readSync(stream.file, buffer, offset, length, position));
        },
        write(stream, buffer, offset, length, position) {
            const at = stream.flags & 1024 ? ask(() => fs.fstatSync(stream.file)).size : position; // O_APPEND
            return length && ask(() => fs.writeSync(stream.file, buffer, offset, length, at));
        },
        llseek(stream, offset, whence) {
            const ends = [0, stream.position, whence === 2 ? ask(() => fs.fstatSync(stream.file)).size : 0];
            const position = offset + ends[whence];
            if (position < 0) {
                throw new FS.ErrnoError(ERRNO.EINVAL);
            }
            return position;
        },
    };
    const type = { mount: () => make(null, '/', DIRECTORY_MODE) };
    const remember = FS.hashAddNode; // names are looked up each time: other programs change the directory, too
    FS.hashAddNode = node => node.mount?.type === type || remember(node);
    return type;
}

async function board(directory, root, heap, uid) {
    const state = new Int32Array(new SharedArrayBuffer(12));
    const buffer = new Uint8Array(new SharedArrayBuffer(OUTPUT_BYTES));
    const output = new Output(state, buffer);
    const source = name => fs.readFileSync(new URL(name, import.meta.url), 'utf8');
    const { loadMicroPython } = await import(pathToFileURL(path.join(directory, 'micropython.mjs')));
    const stdout = bytes => bytes.forEach(byte => output.put(byte));
    const micropython = await loadMicroPython({ heapsize: heap, pystack: PYSTACK_WORDS, linebuffer: false, stdout });
    const module = micropython._module;

    let isStarting = false; // boot.py and main.py do not run in the REPL, which else says whether 0x03 interrupts

    const start = () => {
        isStarting = true;
        const quoted = text => JSON.stringify(text);
        const setUp = `(${quoted(uid)}, ${quoted(ROOT)}, ${quoted(source('filesystem.py'))})`;
        const program = source('web_assembly_start.py').replace('FIRMWARE', quoted(FIRMWARE));
        for (const what of [setUp, quoted('boot.py'), quoted('main.py')]) {
            micropython.runPython(`__iot_start__ = ${what}\n${program}`);
        }
        isStarting = false;
        micropython.replInit();
    };
    const reboot = () => {
        stdout(Buffer.from('MPY: soft reboot\r\n'));
        module.ccall('mp_js_init', 'null', ['number', 'number'], [PYSTACK_WORDS, heap]);
        module.ccall('proxy_c_init', 'null', [], []);
        start();
    };

    globalThis.interruptBoard = () => {
        const isListening = isStarting || module._mp_hal_get_interrupt_char() === CTRL_C;
        if (isListening) {
            module._mp_sched_keyboard_interrupt();
        }
        return isListening;
    };

    micropython.FS.mkdir(ROOT);
    micropython.FS.mkdir(FIRMWARE);
    for (const [name, file] of [['machine', 'web_assembly_machine.py'], ['common_machine', 'common_machine.py']]) {
        micropython.FS.writeFile(`${FIRMWARE}/${name}.py`, source(file));
    }
    micropython.FS.mount(directoryFileSystem(micropython.FS, root), {}, ROOT);
    state[PENDING] = 1; // boot.py and main.py can be interrupted
    const wire = new Worker(new URL(import.meta.url), { workerData: { state, buffer } });
    await new Promise(resolve => wire.once('message', resolve));
    start();
    Atomics.sub(state, PENDING, 1);
    wire.on('message', bytes => {
        for (const byte of bytes) {
            if (micropython.replProcessChar(byte) & FORCED_EXIT) {
                reboot();
            }
        }
        Atomics.sub(state, PENDING, 1);
    });
}

function end() {
    process.kill(process.pid, 'SIGKILL'); // the board may be in an endless loop
}

// Reads or writes some bytes; 0 is the end. Whoever started this process, or node itself, may have made pipes that do
// not block.
async function transfer(call, fd, bytes) {
    for (;;) {
        const { error, size } = await new Promise(resolve => {
            call(fd, bytes, 0, bytes.length, null, (error, size) => resolve({ error, size }));
        });
        if (!error) {
            return size;
        }
        if (error.code === 'EOF') { // of a pipe of Windows
            return 0;
        }
        if (error.code !== 'EAGAIN') {
            throw error;
        }
        await new Promise(resolve => setTimeout(resolve, EAGAIN_MS));
    }
}

async function wire({ state, buffer }) {
    const output = new Output(state, buffer);
    const send = bytes => {
        Atomics.add(state, PENDING, 1);
        parentPort.postMessage(bytes);
    };
    const receive = inputOf(() => Atomics.load(state, PENDING) > 0, send);
    const tell = async () => {
        for (;;) {
            const chunk = await output.take();
            for (let start = 0; start < chunk.length;) {
                start += await transfer(fs.write, 1, chunk.subarray(start));
            }
            output.taken(chunk.length);
        }
    };
    tell().catch(end); // nobody reads any more
    parentPort.on('message', () => {}); // waiting for the inspector, or for output, keeps no thread alive
    parentPort.postMessage('ready');
    fs.writeSync(2, 'on\n');
    const buffered = Buffer.alloc(READ_BYTES);
    for (let size; (size = await transfer(fs.read, 0, buffered)) > 0;) {
        await receive(buffered.subarray(0, size));
    }
}

if (isMainThread) {
    await board(process.argv[2], process.argv[3], Number(process.argv[4]), process.argv[5]);
} else {
    wire(workerData).then(end, end);
}
