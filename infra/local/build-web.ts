/** Builds the web and nothing else, with its log on the terminal: for the image of the platform (k8s/Containerfile). */
import { explain } from './progress.ts';
import { buildWeb, checkSizes } from './web.ts';

try {
  await buildWeb('/dev/stderr');
  checkSizes();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
