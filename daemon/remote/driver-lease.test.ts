import { expect, test } from 'vitest';
import type { ServerMessage } from '../protocol/remote-messages.ts';
import { carForEachTest, startTestCar, TestPhone } from './testing/phone.ts';

/** Who drives and who watches, and how that changes. */
const car = carForEachTest();

const kinds = () => car().requests.all.map((request) => request.kind);

test('a viewer may stop and nothing else; the refusal says what to do', async () => {
  await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  viewer.send({ kind: 'arm', mode: 'auto' });
  viewer.send({ kind: 'release-stop' });
  viewer.send({ kind: 'reset-simulated-car' });
  viewer.send({ kind: 'stop' });
  await viewer.settled();
  expect(kinds()).toEqual(['driver-changed', 'stop']);
  const refused = viewer.messages.all.filter((message) => message.kind === 'refused');
  expect(refused.map((message) => message.request)).toEqual(['arm', 'release-stop', 'reset-simulated-car']);
  expect(refused[0]?.text).toContain('Take over');
});

test('the driver’s requests reach the daemon, and a refusal reaches only who asked', async () => {
  const driver = await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  driver.send({ kind: 'arm', mode: 'manual' });
  const arm = await car().requests.first((request) => request.kind === 'arm');
  expect(arm).toMatchObject({ mode: 'manual', sessionId: (await driver.welcome()).sessionId });
  car().remote.refuseArming(arm.sessionId, [{ code: 'camera', text: 'No picture', cure: 'Check the cable' }]);
  expect(await driver.messages.first((message) => message.kind === 'arming-refused')).toMatchObject({
    obstacles: [{ code: 'camera' }],
  });
  await viewer.settled();
  expect(viewer.messages.all.some((message) => message.kind === 'arming-refused')).toBe(false);
});

test('taking over passes the lease, tells the daemon, and tells both phones', async () => {
  const first = await TestPhone.connect(car().port);
  const second = await TestPhone.connect(car().port);
  const isWelcome = (isDriver: boolean) => (message: ServerMessage) =>
    message.kind === 'welcome' && message.isDriver === isDriver;
  second.send({ kind: 'take-over' });
  await second.messages.first(isWelcome(true));
  await first.messages.first(isWelcome(false));
  expect(car().requests.all.at(-1)).toMatchObject({
    kind: 'driver-changed',
    sessionId: (await second.welcome()).sessionId,
    previous: (await first.welcome()).sessionId,
  });
  first.drive({ throttle: 1 });
  await first.settled();
  expect(car().commands.all).toEqual([]);
});

test('a phone asks to drive, and the driver hands over, and nobody else can', async () => {
  const first = await TestPhone.connect(car().port);
  const second = await TestPhone.connect(car().port);
  const { sessionId } = await second.welcome();
  second.send({ kind: 'ask-to-drive' });
  const asked = await first.messages.first((message) => message.kind === 'asked-to-drive');
  expect(asked).toEqual({ kind: 'asked-to-drive', sessionId });
  second.send({ kind: 'hand-over', to: sessionId });
  await second.settled();
  expect(car().remote.driver(), 'a viewer hands over nothing').not.toBe(sessionId);
  first.send({ kind: 'hand-over', to: 'nobody' });
  await first.messages.first((message) => message.kind === 'refused');
  first.send({ kind: 'hand-over', to: sessionId });
  await second.messages.first((message) => message.kind === 'welcome' && message.isDriver);
  expect(car().requests.all.at(-1)).toMatchObject({ kind: 'driver-changed', sessionId });
});

test('where nobody drives, asking is enough', async () => {
  const first = await TestPhone.connect(car().port);
  const second = await TestPhone.connect(car().port);
  first.socket.terminate();
  await car().requests.first((request) => request.kind === 'driver-gone');
  second.send({ kind: 'ask-to-drive' });
  expect(await second.messages.first((message) => message.kind === 'welcome' && message.isDriver)).toBeDefined();
});

test('a driver who leaves is reported at once, and the next phone to connect drives', async () => {
  const first = await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  first.socket.terminate();
  await car().requests.first((request) => request.kind === 'driver-gone');
  expect(car().remote.driver()).toBeUndefined();
  expect(await viewer.welcome()).toMatchObject({ isDriver: false });
  const next = await TestPhone.connect(car().port);
  expect(await next.welcome()).toMatchObject({ isDriver: true });
  expect(car().clientCounts.all).toEqual([1, 2, 1, 2]);
});

test('what still holds is told to whoever comes, and not once more to those who are there', async () => {
  const own = await startTestCar({ standingEvents: () => [{ code: 'detector-fallback', atMs: 7 }] });
  const isTold = ({ kind }: ServerMessage) => kind === 'event';
  const first = await TestPhone.connect(own.port);
  await first.messages.first(isTold);
  const second = await TestPhone.connect(own.port);
  await second.messages.first(isTold);
  // What the car sends to all comes behind whatever it sent for the second one.
  own.remote.sendEvent({ code: 'armed', atMs: 8 });
  await first.messages.first((message) => message.kind === 'event' && message.event.code === 'armed');
  const told = first.messages.all.flatMap((message) => (message.kind === 'event' ? [message.event.code] : []));
  expect(told).toEqual(['detector-fallback', 'armed']);
  await own.remote.close();
});

test('a page that comes back before its old connection was missed gets the lease back, by way of "driver gone"', async () => {
  const key = 'abcdefghijklmnopqrstuv';
  const before = await TestPhone.connect(car().port, { key });
  const after = await TestPhone.connect(car().port, { key });
  expect(await after.welcome()).toMatchObject({ isDriver: true });
  expect(kinds()).toEqual(['driver-changed', 'driver-gone', 'driver-changed']);
  expect(await before.closed).toBe(4001);
});

test('a page that comes back hears whether somebody else drove meanwhile', async () => {
  const key = 'abcdefghijklmnopqrstuv';
  const gone = (count: number) =>
    expect.poll(() => kinds().filter((kind) => kind === 'driver-gone').length, { timeout: 20_000 }).toBe(count);
  const first = await TestPhone.connect(car().port, { key });
  expect(await first.welcome()).toMatchObject({ isDriver: true, othersDrove: false });
  first.socket.terminate();
  await gone(1);
  const alone = await TestPhone.connect(car().port, { key });
  expect(await alone.welcome()).toMatchObject({ isDriver: true, othersDrove: false });
  alone.socket.terminate();
  await gone(2);
  const other = await TestPhone.connect(car().port);
  expect(await other.welcome()).toMatchObject({ isDriver: true, othersDrove: true });
  other.socket.terminate();
  await gone(3);
  const back = await TestPhone.connect(car().port, { key });
  expect(await back.welcome()).toMatchObject({ isDriver: true, othersDrove: true });
});
