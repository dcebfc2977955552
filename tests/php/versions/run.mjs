// Runs one version of PHP, built as WebAssembly, on questions to harness.php: node run.mjs <folder of npm> <version>, with
// {"files": {path: text}, "ini": {...}, "runs": [PHP code, ...]} on standard input. Prints [{"status", "out", "err"}, ...].
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

globalThis.crypto ??= webcrypto; // before node 20 it is not there, and random_bytes() fails
const [folder, version] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/node_modules/@php-wasm/${name}/index.js`));
const { PHP, loadPHPRuntime, setPhpIniEntries } = await load('universal');
const { getPHPLoaderModule } = await load(`node-${version.replace('.', '-')}`);
const { files, ini, runs } = JSON.parse(readFileSync(0, 'utf8'));

const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
await setPhpIniEntries(php, ini);
for (const [path, text] of Object.entries(files)) {
  php.mkdir(path.slice(0, path.lastIndexOf('/')));
  php.writeFile(path, text);
}
const told = [];
for (const code of runs) {
  const done = await php.run({ code }).catch((failed) => failed.response ?? { exitCode: -1, text: '', errors: String(failed) });
  told.push({ status: done.exitCode, out: done.text, err: done.errors });
}
process.stdout.write(JSON.stringify(told), () => process.exit());
