import type { GpioPin } from '../../protocol/gpio-pin.ts';
import type { OutputLine } from '../pins/pins.ts';
import type { RigDesign } from '../rig.ts';

/**
 * OE of the PCA9685 (datasheet section 7.4): high ends every output of the chip at once, whatever its registers say and
 * whether or not the bus answers. It goes low only once the outputs are neutral, and high again behind the last of them.
 */
export function withOutputEnable(design: RigDesign, pin: GpioPin): RigDesign {
  return {
    ...design,
    attach(reach) {
      const rig = design.attach(reach);
      let line: OutputLine | undefined;
      const take = async (): Promise<OutputLine> => {
        line ??= (await reach.openPins()).output(pin, 'high');
        return line;
      };
      return {
        write: (outputs) => rig.write(outputs),
        holdNeutral: () => rig.holdNeutral(),
        divergence: (check, written) => rig.divergence(check, written),
        async start() {
          const taken = await take();
          await rig.start();
          taken.write('low');
        },
        cut: () => line?.write('high'),
        async end(insist) {
          // Also when the bus refuses to the last: this is what the wire is for.
          await rig.end(insist).finally(() => line?.write('high'));
        },
        async endForeign(insist) {
          try {
            await rig.endForeign(insist);
          } finally {
            (await take()).write('high');
          }
        },
      };
    },
  };
}
