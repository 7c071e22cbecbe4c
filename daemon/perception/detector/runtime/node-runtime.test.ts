import { loadNodeRuntime } from './node-runtime.ts';
import { runtimeContract } from './runtime.contract.ts';

runtimeContract('of the npm package', () => loadNodeRuntime);
