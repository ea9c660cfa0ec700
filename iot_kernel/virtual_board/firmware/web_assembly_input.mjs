// Input on its way to MicroPython's WebAssembly port: a 0x03 interrupts code that runs, everything else waits for it.
//
// For the worker that is the wire of a board on the main thread. The interrupt goes through node's inspector, which can
// call a function in a thread that is inside a loop.

import { Session } from 'node:inspector/promises';

export const CTRL_C = 3;

// Returns a function that takes bytes as they come, and passes them on in their order.
//
// isBusy() says whether the board works on something; where it waits for input, 0x03 is a character for the REPL.
// send(bytes) hands bytes to the board. The main thread has a global function interruptBoard(), which interrupts what
// runs there, and says whether it did: code may have switched that off.
export function inputOf(isBusy, send) {
    const inspector = new Session();
    inspector.connectToMainThread();
    const interrupted = async () => {
        if (!isBusy()) {
            return false;
        }
        const { result } = await inspector.post('Runtime.evaluate', { expression: 'interruptBoard()' });
        return result.value;
    };
    return async bytes => {
        for (let start = 0; start < bytes.length;) {
            if (bytes[start] === CTRL_C && await interrupted()) {
                start += 1;
                continue;
            }
            const next = bytes.indexOf(CTRL_C, start + 1);
            const end = next < 0 ? bytes.length : next;
            send(bytes.slice(start, end));
            start = end;
        }
    };
}
