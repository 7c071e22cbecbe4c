import './zod-without-eval.ts';
import { render } from 'preact';
import { registerServiceWorker } from './offline/register.ts';
import { Door } from './pairing/door.tsx';
import { startRoute } from './screens/route.ts';
import { startLanguage } from './texts/language.ts';

const root = document.getElementById('remote');
if (root === null) throw new Error('index.html has no element with the id "remote"');
startLanguage();
startRoute();
registerServiceWorker();
render(<Door />, root);
