/** Six by six, row by row. */
export type Matrix6 = Float64Array<ArrayBuffer>;

export function multiply6(a: Matrix6, b: Matrix6): Matrix6 {
  const product: Matrix6 = new Float64Array(36);
  for (let i = 0; i < 6; i++) {
    for (let k = 0; k < 6; k++) {
      const factor = a[i * 6 + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < 6; j++) product[i * 6 + j] = product[i * 6 + j]! + factor * b[k * 6 + j]!;
    }
  }
  return product;
}

/** a times b transposed. */
export function multiplyTransposed6(a: Matrix6, b: Matrix6): Matrix6 {
  const product: Matrix6 = new Float64Array(36);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      for (let k = 0; k < 6; k++) sum += a[i * 6 + k]! * b[j * 6 + k]!;
      product[i * 6 + j] = sum;
    }
  }
  return product;
}
