import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { schemaText } from './generate.js';
import { CHARTS_FOLDER, findHelms, render, valuesOf } from './helm.js';
import { renamesTemplate, type Rename } from './renames.js';

const [helm] = findHelms();
const RENAME: Rename = { chart: 'service', from: 'db.secret', to: 'database.existingSecret', until: '0.2.0' };

(helm === undefined ? test.skip : test)(
  'a value by its old name is what it is by its new one (needs Helm)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'outrider-charts-'));
    try {
      const chart = join(folder, 'outrider');
      await cp(join(CHARTS_FOLDER, 'outrider'), chart, { recursive: true, dereference: true });
      await writeFile(join(chart, 'charts/service/values.schema.json'), schemaText('service', [RENAME]));
      for (const parent of ['', 'charts/service/', 'charts/outbox-worker/']) {
        await writeFile(join(chart, parent, 'charts/common/templates/_renames.tpl'), renamesTemplate([RENAME]));
      }
      // what the notes print, as an object
      await writeFile(
        join(chart, 'templates/said.yaml'),
        'kind: Said\nmetadata: { name: said }\nsaid: {{ include "installation.renamed" . | fromYamlArray | toJson }}\n',
      );
      const [byOld, byNew] = await Promise.all(
        ['order.db.secret=other', 'order.database.existingSecret=other'].map((set) =>
          render(helm!, [...valuesOf('minimal'), '--set', set], { chart }),
        ),
      );
      const said = byOld?.find(({ kind }) => kind === 'Said');
      expect(said?.['said']).toEqual([
        'order.db.secret is called database.existingSecret now; the old name works until 0.2.0.',
      ]);
      const others = (objects: typeof byOld) => objects?.filter(({ kind }) => kind !== 'Said');
      expect(others(byOld)).toEqual(others(byNew));
      await expect(
        render(helm!, [...valuesOf('minimal'), '--set', 'inventory.db.secrte=x'], { chart }),
      ).rejects.toThrow(`'secrte' not allowed`);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
