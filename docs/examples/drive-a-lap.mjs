// Arms the car, lets it drive one lap by itself, disarms it. Needs Node 20 and the package ws.
//   node docs/examples/drive-a-lap.mjs http://127.0.0.1:8080 [token]
import { WebSocket } from 'ws';

const [address = 'http://127.0.0.1:8080', token] = process.argv.slice(2);
const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
const car = new WebSocket(`${address.replace(/^http/, 'ws').replace(/\/$/, '')}/ws/control`, { headers });
const send = (message) => car.send(JSON.stringify(message));

// The car stops when its driver falls silent for a second: a ping says that this program is still there.
const alive = setInterval(() => car.readyState === car.OPEN && send({ kind: 'ping', sentAtMs: performance.now() }), 400);
// Until the lap is driven, an end is a failure.
process.exitCode = 1;
let lapsBefore;
let stopBefore;
let state = 'waiting';
car.on('error', (error) => console.error(`the car cannot be reached: ${error.message}`));
car.on('close', () => clearInterval(alive));
car.on('message', (data) => {
  const message = JSON.parse(data);
  if (message.kind === 'welcome' && !message.isDriver) send({ kind: 'take-over' });
  if (message.kind === 'arming-refused') state = 'waiting';
  if (message.kind !== 'telemetry') return;
  const { mode, simulated, obstacles, lastStop } = message;
  if (state === 'waiting' && mode === 'disarmed' && obstacles.length === 0) {
    lapsBefore = simulated?.laps ?? 0;
    stopBefore = lastStop?.atMs;
    state = 'armed';
    send({ kind: 'arm', mode: 'auto' });
  } else if (state === 'driving' && (simulated?.laps ?? 0) > lapsBefore) {
    state = 'disarming';
    send({ kind: 'disarm' });
  } else if (state === 'armed' && mode === 'auto') {
    state = 'driving';
  } else if (mode !== 'auto' && (state === 'driving' || (state === 'armed' && lastStop?.atMs !== stopBefore))) {
    console.error(`the car stopped by itself: ${lastStop?.code ?? mode}`);
    car.close();
  } else if (state === 'disarming' && mode === 'disarmed') {
    console.log('one lap driven, disarmed');
    process.exitCode = 0;
    car.close();
  }
});
