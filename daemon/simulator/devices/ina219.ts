import type { RegisterDevice } from './bus.ts';

/** Register addresses, TI INA219 data sheet SBOS448G, table 2. Each is 16 bits, high byte first. */
const configuration = 0x00;
const shuntVoltage = 0x01;
const busVoltage = 0x02;
const power = 0x03;
const current = 0x04;
const calibration = 0x05;

const powerOnConfiguration = 0x399f;
const resetBit = 0x8000;
/** The resistor between battery and load. */
export const shuntOhm = 0.01;
const busLsbV = 0.004;
const shuntLsbV = 10e-6;

export interface PowerSource {
  readonly voltageV: number;
  readonly currentA: number;
}

/** Register model of the INA219 that measures a battery at the moment of reading. Averaging times are not modelled. */
export class Ina219 implements RegisterDevice {
  readonly #source: () => PowerSource;
  #configuration = powerOnConfiguration;
  #calibration = 0;

  constructor(source: () => PowerSource) {
    this.#source = source;
  }

  answersTo(_address: number): boolean {
    return false;
  }

  write(register: number, bytes: readonly number[], _nowMs?: number): void {
    if (bytes.length < 2) return;
    const value = (bytes[0]! << 8) | bytes[1]!;
    if (register === configuration) {
      if ((value & resetBit) !== 0) {
        this.#configuration = powerOnConfiguration;
        this.#calibration = 0;
      } else this.#configuration = value & 0x3fff;
    } else if (register === calibration) {
      // FS0 is void: it always reads 0.
      this.#calibration = value & 0xfffe;
    }
  }

  /** The register pointer stays where it is: reading on gives the same register again. */
  read(register: number, length: number, _nowMs?: number): number[] {
    const value = this.#register(register) & 0xffff;
    return Array.from({ length }, (_, i) => (i % 2 === 0 ? value >> 8 : value & 0xff));
  }

  #register(register: number): number {
    const { voltageV, currentA } = this.#source();
    switch (register) {
      case configuration:
        return this.#configuration;
      case shuntVoltage:
        return this.#shunt(currentA);
      case busVoltage:
        // Bit 1: conversion ready. Bit 0: overflow of the current or power register.
        return (this.#bus(voltageV) << 3) | 0b10 | (Math.abs(this.#current(currentA)) > 0x7fff ? 1 : 0);
      case power:
        // Section 8.5.1: current times bus voltage over 5000.
        return Math.floor((Math.abs(this.#current(currentA)) * this.#bus(voltageV)) / 5000);
      case current:
        return this.#current(currentA);
      case calibration:
        return this.#calibration;
      default:
        return 0;
    }
  }

  /** The programmable gain's range, 40 mV to 320 mV, limits the shunt reading. */
  #shunt(currentA: number): number {
    const rangeV = 0.04 * 2 ** ((this.#configuration >> 11) & 0b11);
    const volts = Math.min(rangeV, Math.max(-rangeV, currentA * shuntOhm));
    return Math.round(volts / shuntLsbV);
  }

  #bus(voltageV: number): number {
    const rangeV = (this.#configuration & 0x2000) === 0 ? 16 : 32;
    return Math.round(Math.min(rangeV, Math.max(0, voltageV)) / busLsbV);
  }

  #current(currentA: number): number {
    return Math.trunc((this.#shunt(currentA) * this.#calibration) / 4096);
  }
}
