import { type GpioPin, pinName } from '../../protocol/gpio-pin.ts';
import { trouble } from '../../protocol/troubles.ts';
import { type OutputLine, PinError } from '../pins/pins.ts';
import type { Divergence, RigDesign, RigReach } from '../rig.ts';

/**
 * OE of the PCA9685 (datasheet section 7.4): high ends every output of the chip at once, whatever its registers say and
 * whether or not the bus answers. It goes low only once the outputs are neutral, and high again behind the last of them.
 * A wire that does not obey takes nothing from what the bus does: it is looked at with the registers, and then told.
 */
export function withOutputEnable(design: RigDesign, pin: GpioPin): RigDesign {
  return {
    ...design,
    cutAlone: (openPins) => takeHigh(openPins, pin).then(() => undefined, refusalAlone),
    attach(reach) {
      const rig = design.attach(reach);
      let line: OutputLine | undefined;
      /** Why the line was not as it was wanted last. */
      let refusal: PinError | undefined;
      /** One that refused is taken anew: something else may have given it back. */
      const take = async (): Promise<OutputLine> => {
        if (line !== undefined && refusal === undefined) return line;
        try {
          line = await takeHigh(reach.openPins, pin);
        } catch (error) {
          refusal = refusalAlone(error);
          throw refusal;
        }
        refusal = undefined;
        return line;
      };
      const cut = (): PinError | undefined => {
        if (line === undefined) return refusal;
        try {
          line.write('high');
          refusal = undefined;
        } catch (error) {
          refusal = refusalOf(error, pin);
        }
        return refusal;
      };
      /** Also when the bus refuses to the last: this is what the wire is for. One that is not to be had, `cut` tells of. */
      const thenCut = (end: Promise<void>): Promise<void> => end.finally(() => take().then(cut, refusalAlone));
      return {
        write: (outputs) => rig.write(outputs),
        holdNeutral: () => rig.holdNeutral(),
        async divergence(check, written) {
          const found = await rig.divergence(check, written);
          if (found !== undefined || check !== 'leds' || line === undefined) return found;
          try {
            return line.read() === 'low' ? undefined : raisedByOthers(pin);
          } catch (error) {
            refusal = refusalOf(error, pin);
            return { text: refusal.message, trouble: refusal.trouble };
          }
        },
        async start() {
          const taken = await take();
          await rig.start();
          try {
            taken.write('low');
          } catch (error) {
            refusal = refusalOf(error, pin);
            throw refusal;
          }
        },
        cut,
        end: (insist) => thenCut(rig.end(insist)),
        endForeign: (insist) => thenCut(rig.endForeign(insist)),
      };
    },
  };
}

function raisedByOthers(pin: GpioPin): Divergence {
  const name = pinName(pin);
  return {
    text:
      `OE (${name}), the wire that ends every pulse, is high though motor control holds it low: see what else uses the pin, and ` +
      'whether its wire touches another',
    trouble: trouble('output-enable-raised', { pin: name }),
  };
}

/** @throws (rejects) PinError with the words of OE. */
async function takeHigh(openPins: RigReach['openPins'], pin: GpioPin): Promise<OutputLine> {
  try {
    return (await openPins()).output(pin, 'high');
  } catch (error) {
    throw refusalOf(error, pin);
  }
}

/** @throws what is no refusal of a pin: a bug. */
function refusalAlone(error: unknown): PinError {
  if (!(error instanceof PinError)) throw error;
  return error;
}

/** @throws what is no refusal of a pin: a bug. */
function refusalOf(error: unknown, pin: GpioPin): PinError {
  const { code, trouble: cause, message } = refusalAlone(error);
  const name = pinName(pin);
  return new PinError(
    code,
    trouble('output-enable-refused', { pin: name }, [cause]),
    `OE (${name}), the wire that ends every pulse, does not obey: ${message}. If the wheels turn, switch the motors off; ` +
      'then see what else uses the pin, or take actuators.outputEnable out of the configuration',
  );
}
