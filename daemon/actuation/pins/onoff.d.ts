/**
 * What is used of the optional package `onoff`, declared here: its own declarations are missing where it could not be built,
 * and the rest of the car must build there all the same.
 */
declare module 'onoff' {
  type Line = import('./linux-pins.ts').LinuxGpioLine;
  type Parameters = ConstructorParameters<import('./linux-pins.ts').LinuxGpioPackage['Gpio']>;
  export class Gpio implements Line {
    constructor(...parameters: Parameters);
    readonly _valueFd: number;
    readSync: Line['readSync'];
    writeSync: Line['writeSync'];
    watch: Line['watch'];
    unwatch: Line['unwatch'];
    unexport(): void;
  }
}
