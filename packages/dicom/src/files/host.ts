/** Whether this machine stores the low byte first, as every machine does on which this is likely to run. */
export const hostIsLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
