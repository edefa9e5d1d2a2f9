// Reads a JSON list of texts in YAML, prints for each the list of its documents. 1.1 is what Kubernetes reads: 0440 is octal.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const yaml = createRequire(join(process.env.DEPLOY_PLACE, 'package.json'))('yaml');
const documents = (text) =>
  yaml.parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS();
  });
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map((text) => documents(text).filter((each) => each !== null))));
