// `jetson-car doctor --wheels-up` without the looks before it, which need the car: ACTUATORS (JSON) MOVEMENT_MS.
import { wheelsUp } from '../../dist/daemon/cli/doctor-wheels.js';

const [, , actuators, movementMs] = process.argv;
try {
  const findings = await wheelsUp({ actuators: JSON.parse(actuators) }, Number(movementMs));
  process.stdout.write(JSON.stringify(findings));
} catch (error) {
  process.stderr.write(`refused: ${error.message}\n`);
  process.exitCode = 1;
}
