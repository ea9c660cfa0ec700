// MicroPython for WebAssembly as a board with a serial port on TCP.
//
//     node wasm_board.mjs DIRECTORY FD
//
// DIRECTORY holds the port's npm package, FD is a listening socket handed down by the caller. SIGUSR2 hangs up on all
// clients, puts a board that was just switched on in the place of the old one, and then writes a line to stdout; that
// is much quicker than a new process. The old one is not asked to end: while its code runs nothing happens, and one
// that has left timers behind ends the process.
//
// The main thread is the board: it feeds bytes to MicroPython's REPL one by one, as a UART would, and is blocked for as
// long as board code runs. A worker is the wire: it serves one client after another, and a client's hanging up changes
// nothing for the board. Two things belong to a board and not to the port, so they are here: rebooting after a soft
// reset, and the interrupt that a 0x03 raises the moment it arrives (shared with the virtual board).

import { once } from 'node:events';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { CTRL_C, inputOf } from '../../iot_kernel/virtual_board/firmware/web_assembly_input.mjs';

const HUNG_UP = 'hung up';
const FORCED_EXIT = 0x100; // the REPL's answer when code or Ctrl-D asked for a reset
const HEAP_BYTES = 1 << 20;
const PYSTACK_WORDS = 2048;
const OUTPUT_BYTES = 1 << 16; // output on its way from the board to the wire; a power of two
const STALL_MS = 500; // output that finds no room for so long is lost, as on a USB board nobody reads

const WRITTEN = 0, TAKEN = 1, PENDING = 2; // byte counts of the output, and input messages not yet worked off

class Output {
    constructor(state, buffer) {
        this.state = state;
        this.buffer = buffer;
    }

    put(byte) {
        const written = this.state[WRITTEN];
        const taken = Atomics.load(this.state, TAKEN);
        if (((written - taken) | 0) >= OUTPUT_BYTES
            && Atomics.wait(this.state, TAKEN, taken, STALL_MS) === 'timed-out') {
            return;
        }
        this.buffer[written & (OUTPUT_BYTES - 1)] = byte;
        Atomics.store(this.state, WRITTEN, (written + 1) | 0);
        Atomics.notify(this.state, WRITTEN);
    }

    async take() {
        const taken = this.state[TAKEN];
        await Atomics.waitAsync(this.state, WRITTEN, taken).value;
        const written = Atomics.load(this.state, WRITTEN);
        const chunk = Buffer.alloc((written - taken) | 0);
        for (let i = 0; i < chunk.length; i++) {
            chunk[i] = this.buffer[(taken + i) & (OUTPUT_BYTES - 1)];
        }
        Atomics.store(this.state, TAKEN, written);
        Atomics.notify(this.state, TAKEN);
        return chunk;
    }
}

async function board(directory, fd) {
    const state = new Int32Array(new SharedArrayBuffer(12));
    const buffer = new Uint8Array(new SharedArrayBuffer(OUTPUT_BYTES));
    const output = new Output(state, buffer);
    const { loadMicroPython } = await import(pathToFileURL(`${directory}/micropython.mjs`));
    const stdout = bytes => bytes.forEach(byte => output.put(byte));
    let micropython, module;

    const switchOn = async () => {
        micropython = await loadMicroPython({ heapsize: HEAP_BYTES, pystack: PYSTACK_WORDS, linebuffer: false, stdout });
        module = micropython._module;
        micropython.replInit();
    };

    globalThis.interruptBoard = () => {
        const listening = module._mp_hal_get_interrupt_char() === CTRL_C;
        if (listening) {
            module._mp_sched_keyboard_interrupt();
        }
        return listening;
    };

    const reboot = () => {
        stdout(Buffer.from('MPY: soft reboot\r\n'));
        module.ccall('mp_js_init', 'null', ['number', 'number'], [PYSTACK_WORDS, HEAP_BYTES]);
        module.ccall('proxy_c_init', 'null', [], []);
        micropython.replInit();
    };

    const renew = async () => {
        if (process.getActiveResourcesInfo().includes('Timeout')) {
            process.kill(process.pid, 'SIGKILL');
        }
        await switchOn();
        process.stdout.write('\n');
    };

    await switchOn(); // before there is a wire: what comes by it needs a board
    const wire = new Worker(new URL(import.meta.url), { workerData: { state, buffer, fd } });
    wire.on('message', bytes => {
        if (bytes === HUNG_UP) {
            renew();
            return;
        }
        for (const byte of bytes) {
            if (micropython.replProcessChar(byte) & FORCED_EXIT) {
                reboot();
            }
        }
        Atomics.sub(state, PENDING, 1);
    });
    process.on('SIGUSR2', () => wire.postMessage(null));
}

function wire({ state, buffer, fd }) {
    const waiting = [];
    let client = null;
    let input = Promise.resolve();

    const send = bytes => {
        Atomics.add(state, PENDING, 1);
        parentPort.postMessage(bytes);
    };
    const receive = inputOf(() => Atomics.load(state, PENDING) > 0, send);
    const serveNext = () => {
        client = waiting.shift() ?? null;
        client?.on('data', bytes => { input = input.then(() => receive(bytes)); });
    };
    const server = createServer({ noDelay: true }, socket => {
        socket.on('error', () => {}); // 'close' follows, and tells all there is to know
        socket.on('close', () => {
            if (socket === client) {
                serveNext();
            } else {
                waiting.splice(waiting.indexOf(socket), 1);
            }
        });
        waiting.push(socket);
        if (client === null) {
            serveNext();
        }
    });
    server.listen({ fd });
    parentPort.on('message', () => {
        for (const socket of [client, ...waiting]) {
            socket?.destroy();
        }
        input.then(() => parentPort.postMessage(HUNG_UP));
    });

    const output = new Output(state, buffer);
    const pump = async () => {
        for (;;) {
            const chunk = await output.take();
            if (client !== null && !client.write(chunk)) {
                await Promise.race([once(client, 'drain'), once(client, 'close')]).catch(() => {});
            }
        }
    };
    pump();
}

if (isMainThread) {
    await board(process.argv[2], Number(process.argv[3]));
} else {
    wire(workerData);
}
