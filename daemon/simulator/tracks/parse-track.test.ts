import { describe, expect, test } from 'vitest';
import { beanCentre, conesRoundBean, deepRacerRows, npyFile, textBytes } from '../testing/track-files.ts';
import { parseTrack } from './parse-track.ts';

const rows = deepRacerRows(12);
const parseText = (text: string) => parseTrack('some/track', textBytes(text));

describe('DeepRacer .npy', () => {
  test.each([
    ['float64, C order, version 1', {}],
    ['Fortran order', { fortranOrder: true }],
    ['version 2', { version: 2 as const }],
    ['big-endian', { type: '>f8' }],
  ])('%s', (_, options) => {
    const parsed = parseTrack('t.npy', npyFile(rows, options));
    expect(parsed).toMatchObject({ kind: 'borders', format: 'DeepRacer .npy' });
    if (parsed.kind !== 'borders') throw new Error('not borders');
    expect(parsed.centre).toEqual(rows.map(([xM, yM]) => ({ xM, yM })));
    expect(parsed.oneSide).toEqual(rows.map((row) => ({ xM: row[2], yM: row[3] })));
    expect(parsed.otherSide).toEqual(rows.map((row) => ({ xM: row[4], yM: row[5] })));
  });

  test('float32 in Fortran order gives the same to single precision', () => {
    const parsed = parseTrack('t.npy', npyFile(rows, { type: '<f4', fortranOrder: true }));
    if (parsed.kind !== 'borders') throw new Error('not borders');
    parsed.centre.forEach((point, i) => {
      expect(point.xM).toBeCloseTo(rows[i]![0]!, 5);
      expect(point.yM).toBeCloseTo(rows[i]![1]!, 5);
    });
  });

  test.each([
    ['a wrong shape', npyFile(rows, { shape: '12, 3' }), /t\.npy.*shape is \(12, 3\).*centre x y.*--track/s],
    ['a number of rows that is none', npyFile(rows, { shape: '-1, 6' }), /shape is \(-1, 6\)/],
    ['another type', npyFile(rows, { type: '<i8' }), /values are of type <i8/],
    ['too few bytes', npyFile(rows).subarray(0, 300), /it ends after/],
    ['a header cut off', npyFile(rows).subarray(0, 20), /ends within its header/],
    ['a value that is none', npyFile([...rows, [Number.NaN, 0, 0, 0, 0, 0]]), /row 12 holds NaN/],
    ['an unknown version', npyFile(rows).with(6, 9), /version 9/],
  ])('%s is refused', (_, bytes, reason) => {
    expect(() => parseTrack('t.npy', bytes)).toThrow(reason);
  });
});

describe('F1TENTH .csv', () => {
  const points = beanCentre(8, 20);
  const lines = points.map((point) => `${point.xM}, ${point.yM}, 1.1, 0.9`);

  test.each([
    ['a commented header', '# x_m, y_m, w_tr_right_m, w_tr_left_m'],
    ['a bare header', 'x_m,y_m,w_tr_right_m,w_tr_left_m'],
    ['comments before the header', '# made by hand\n# x_m, y_m, w_tr_right_m, w_tr_left_m'],
    ['no header', ''],
  ])('%s', (_, header) => {
    const parsed = parseText([header, ...lines].join('\n'));
    expect(parsed).toMatchObject({ kind: 'widths', format: 'F1TENTH centreline .csv', centre: points });
    if (parsed.kind !== 'widths') throw new Error('not widths');
    expect(parsed.rightM).toEqual(points.map(() => 1.1));
    expect(parsed.leftM).toEqual(points.map(() => 0.9));
  });

  test('columns go by their names, lines may end in CR LF', () => {
    const parsed = parseText(['w_left;y;x;w_right', ...points.map((p) => `0.9;${p.yM};${p.xM};1.1`)].join('\r\n'));
    expect(parsed).toMatchObject({ centre: points, rightM: points.map(() => 1.1), leftM: points.map(() => 0.9) });
  });

  test.each([
    ['named columns', '# 8288b625\n# s_m; x_m; y_m; psi_rad; kappa_radpm; vx_mps; ax_mps2\n'],
    ['seven columns', ''],
  ])('a raceline with %s has a width of its own', (_, header) => {
    const parsed = parseText(header + points.map((p, i) => `${i}; ${p.xM}; ${p.yM}; 0; 0; 8; 0`).join('\n'));
    expect(parsed).toMatchObject({ format: 'F1TENTH raceline .csv', centre: points, leftM: points.map(() => 1.1) });
  });

  test.each([
    ['a line with a word', [...lines, '1, 2, three, 4'], /line 21 .*"1, 2, three, 4"/],
    ['a line cut short', [...lines, '1, 2'], /line 21/],
    ['a negative width', [...lines, '1, 2, -1, 1'], /line 21 .*negative width/],
    ['five columns without names', ['1,2,3,4,5'], /table of 5 columns without names.*Known/s],
  ])('%s is refused', (_, text, reason) => {
    expect(() => parseText(text.join('\n'))).toThrow(reason);
  });
});

test.each([
  ['x and y', (x: number, y: number) => `${x}, ${y}`],
  ['x, y and throttle', (x: number, y: number) => `${x}, ${y}, 0.4`],
])('a Donkeycar path of %s is a metre wide', (_, line) => {
  const points = beanCentre(3, 20);
  const parsed = parseText(points.map((p) => line(p.xM, p.yM)).join('\n'));
  expect(parsed).toMatchObject({ format: 'Donkeycar path .csv', centre: points, leftM: points.map(() => 0.5) });
});

describe('cones', () => {
  const { left, right } = conesRoundBean();
  const lines = (suffix: string) => [
    ...left.map((p) => `blue,${p.xM},${p.yM}${suffix}`),
    ...right.map((p) => `yellow,${p.xM},${p.yM}${suffix}`),
    `big_orange,18,2${suffix}`,
    `orange,18,-2${suffix}`,
    `midpoint,18,0${suffix}`,
  ];

  test('EUFS with its header, variances and start', () => {
    const header = 'tag,x,y,direction,x_variance,y_variance,xy_covariance';
    const parsed = parseText([header, ...lines(',0,0.01,0.01,0.0'), 'car_start,18.1,-3,1.57,0,0,0'].join('\n'));
    expect(parsed).toMatchObject({
      kind: 'cones',
      left,
      right,
      orange: [
        { xM: 18, yM: 2 },
        { xM: 18, yM: -2 },
      ],
      start: { xM: 18.1, yM: -3, headingRad: 1.57 },
    });
  });

  test('FSDS with neither header nor variances', () => {
    const parsed = parseText(lines('').join('\n'));
    expect(parsed).toMatchObject({ format: 'EUFS/FSDS cone .csv', left, right });
    expect(parsed).not.toHaveProperty('start');
  });

  test('"blue_cone" is blue', () => {
    const parsed = parseText(
      lines('')
        .map((line) => line.replace(/^(\w+)/, '$1_cone'))
        .join('\n'),
    );
    expect(parsed).toMatchObject({ left, right });
  });

  test('tags of another kind are named when nothing else makes a lane', () => {
    const text = ['tag,x,y', ...lines('').map((line) => line.replace('yellow', 'red'))].join('\n');
    expect(() => parseText(text)).toThrow(
      /25 blue and 0 yellow cones, and tags that are not known: "red"\. Known: blue/,
    );
  });

  test('a cone without a position is refused with its line', () => {
    expect(() => parseText(['tag,x,y', 'blue,1,2', 'yellow,,3'].join('\n'))).toThrow(/line 3 .*no position/);
  });

  test('FSSIM', () => {
    const list = (points: typeof left) => points.map((p) => `- - ${p.xM}\n  - ${p.yM}`).join('\n');
    const parsed = parseText(
      `cones_left:\n${list(left)}\ncones_orange: []\ncones_orange_big:\n- - 18\n  - 2\ncones_right:\n${list(right)}\n` +
        'starting_pose_front_wing:\n- 18.1\n- -3\n- 1.57\ntk_device:\n- - 16\n  - 1\n- - 20\n  - 1\n',
    );
    expect(parsed).toEqual({
      kind: 'cones',
      format: 'FSSIM .yaml',
      left,
      right,
      orange: [{ xM: 18, yM: 2 }],
      start: { xM: 18.1, yM: -3, headingRad: 1.57 },
      startLine: { xM: 18, yM: 1 },
    });
  });

  test('FSSIM with a word where a number should be names the field', () => {
    expect(() => parseText('cones_left:\n- - a\n  - 1\ncones_right: []\n')).toThrow(/cones_left/);
    expect(() => parseText('cones_left: [1, 2\n')).toThrow(/cannot be read/);
  });
});

test.each([
  ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff]), /8 bytes that are neither text nor NumPy/],
  ['prose', textBytes('Dear driver,\nturn left.\n'), /text that begins "Dear driver,"/],
  ['nothing', new Uint8Array(0), /an empty file/],
  ['zeros', new Uint8Array(64), /neither text nor NumPy/],
])('%s is in no known format; what is known is told', (_, bytes, found) => {
  const parse = () => parseTrack('my/track.dat', bytes);
  expect(parse).toThrow(found);
  expect(parse).toThrow(/my\/track\.dat .*DeepRacer \.npy.*F1TENTH.*EUFS.*FSSIM.*Donkeycar.*--track/s);
});
