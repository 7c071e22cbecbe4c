/**
 * What is used of the optional package `onoff`, declared here: its own declarations are missing where it could not be built,
 * and the rest of the car must build there all the same.
 */
declare module 'onoff' {
  export const Gpio: import('./linux-pins.ts').LinuxGpioPackage['Gpio'];
}
