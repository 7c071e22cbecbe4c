import './zod-without-eval.ts';
import { render } from 'preact';
import { Remote } from './parts/remote.tsx';
import { startRemoteApp } from './remote-app.ts';

const root = document.getElementById('remote');
if (root === null) throw new Error('index.html has no element with the id "remote"');
render(<Remote app={startRemoteApp()} />, root);
