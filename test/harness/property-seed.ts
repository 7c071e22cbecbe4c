import fc from 'fast-check';

/** The same cases in every run: a change is judged by what it changes. `PROPERTY_SEED` looks for others, `PROPERTY_RUNS` for more. */
fc.configureGlobal({
  seed: Number(process.env['PROPERTY_SEED'] ?? 20_261),
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100),
});
