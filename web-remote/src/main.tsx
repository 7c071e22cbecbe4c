import './zod-without-eval.ts';
import { render } from 'preact';
import { startRemoteApp } from './remote-app.ts';
import { startRoute } from './screens/route.ts';
import { Shell } from './screens/shell.tsx';
import { startLanguage } from './texts/language.ts';

const root = document.getElementById('remote');
if (root === null) throw new Error('index.html has no element with the id "remote"');
startLanguage();
startRoute();
render(<Shell app={startRemoteApp()} />, root);
