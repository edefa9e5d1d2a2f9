// The unmodified SDK against the mock control plane, through sidecache: every call it has for the three resources.
// Each write is read back at once through sidecache, and what sidecache says is what the control plane itself says.
//
// Environment: PROXY_URL, MOCK_URL (with no path), API_KEY of one workspace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Portkey } from 'portkey-ai';

const { PROXY_URL, MOCK_URL, API_KEY } = process.env;

// As applications write it, and as they also write it: the SDK joins by concatenation.
for (const base of ['/v1', '/v1/']) suite(base);

function suite(base) {
  const through = new Portkey({ apiKey: API_KEY, baseURL: PROXY_URL + base });
  const direct = new Portkey({ apiKey: API_KEY, baseURL: MOCK_URL + '/v1' });
  const name = (what) => `${what}-${base.replaceAll('/', '_')}`;

  describe(`base URL ...${base}`, { concurrency: false }, () => {
    for (const resource of resources(name)) crud(through, direct, resource);
    subResources(through, direct, name);
    oddSlugs(through, direct);
  });
}

// What a caller sees of an answer: its data, without the SDK's own methods.
const data = (answer) => JSON.parse(JSON.stringify(answer));

function resources(name) {
  return [
    {
      calls: 'integrations',
      make: () => ({ name: name('An integration'), slug: name('made-integration'), ai_provider_id: 'openai',
                     key: 'sk-made', configurations: {} }),
      change: { name: 'A renamed integration', description: 'seen at once' },
    },
    {
      calls: 'virtualKeys',
      make: () => ({ name: name('A virtual key'), provider: 'openai', key: 'sk-made' }),
      change: { name: 'A renamed virtual key', note: 'seen at once' },
    },
    {
      calls: 'providers',
      integration: true,
      make: (integration) => ({ name: name('A provider'), slug: name('made-provider'), integration_id: integration }),
      change: { name: 'A renamed provider', note: 'seen at once' },
    },
  ];
}

function crud(through, direct, { calls, make, change, integration }) {
  test(`${calls}: create, retrieve, list, update, delete, each seen at once`, async () => {
    const on = through[calls];
    const parent = integration ? await anIntegration(through, calls) : undefined;
    const wanted = make(parent?.slug);

    const before = data(await on.list({}));
    const made = data(await on.create(wanted));
    const slug = made.slug ?? made.data?.slug;
    assert.ok(slug, JSON.stringify(made));

    // Created: the list that was read before has it now, and a lookup finds it.
    const after = data(await on.list({}));
    assert.equal(after.total, before.total + 1);
    assert.ok(after.data.some((entry) => entry.slug === slug));
    const first = await on.retrieve({ slug });
    assert.equal(first.name, wanted.name);
    assert.deepEqual(data(first), data(await direct[calls].retrieve({ slug })));

    // Asked again it is the same, to the last field.
    assert.deepEqual(data(await on.retrieve({ slug })), data(first));

    // Updated: the very next read has the change.
    await on.update({ slug, ...change });
    const changed = await on.retrieve({ slug });
    for (const [field, value] of Object.entries(change)) assert.equal(changed[field], value, field);
    assert.deepEqual(data(changed), data(await direct[calls].retrieve({ slug })));

    // Deleted: gone from the very next read and from the list.
    await on.delete({ slug });
    await assert.rejects(on.retrieve({ slug }), { status: 404 });
    assert.equal(data(await on.list({})).total, before.total);

    // Made again under the same slug: the 404 of a moment ago is not remembered.
    if (wanted.slug) {
      await on.create({ ...wanted, name: 'Made again' });
      assert.equal((await on.retrieve({ slug })).name, 'Made again');
      await on.delete({ slug });
    }
    if (parent) await through.integrations.delete({ slug: parent.slug });
  });

  test(`${calls}: many lookups at once agree`, async () => {
    const on = through[calls];
    const { data: entries } = data(await on.list({}));
    const slugs = entries.slice(0, 5).map((entry) => entry.slug);
    assert.ok(slugs.length > 0, 'the mock has seeded records');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => on.retrieve({ slug: slugs[i % slugs.length] })));
    answers.forEach((answer, i) => {
      assert.equal(answer.slug, slugs[i % slugs.length]);
      assert.deepEqual(data(answer), data(answers[i % slugs.length]));
    });
  });
}

async function anIntegration(through, tag) {
  const slug = `parent-of-${tag}`.toLowerCase();
  await through.integrations.create(
    { name: slug, slug, ai_provider_id: 'openai', key: 'sk-parent', configurations: {}, create_default_provider: false });
  return { slug };
}

function subResources(through, direct, name) {
  test('integrations: models and workspaces are read after they were written', async () => {
    const slug = name('with-models');
    await through.integrations.create({ name: slug, slug, ai_provider_id: 'openai', key: 'sk-x', configurations: {} });
    const models = () => through.integrations.models.list({ slug });

    const before = data(await models()).total;
    await through.integrations.models.update({ slug, allow_all_models: false,
                                               models: [{ slug: 'model-a', enabled: true }, { slug: 'model-b', enabled: true }] });
    assert.equal(data(await models()).total, before + 2);
    assert.equal((await through.integrations.retrieve({ slug })).allow_all_models, false);
    await through.integrations.models.delete({ slug, slugs: 'model-a' });
    assert.equal(data(await models()).total, before + 1);
    assert.deepEqual(data(await models()), data(await direct.integrations.models.list({ slug })));

    const workspaces = data(await through.integrations.workspaces.list({ slug }));
    assert.deepEqual(workspaces, data(await direct.integrations.workspaces.list({ slug })));
    await through.integrations.delete({ slug });
  });
}

function oddSlugs(through, direct) {
  // The SDK doesn't escape slugs; URL() escapes what it must and lets `?x=1` become a query.
  for (const slug of ['a b/ü?x=1', '../integrations', 'a%2Fb', 'a//b', '%', 'ö']) {
    test(`an odd slug gets what the control plane says: ${JSON.stringify(slug)}`, async () => {
      const said = async (client) => {
        try {
          return { data: data(await client.integrations.retrieve({ slug })) };
        } catch (error) {
          return { status: error.status, body: error.error };
        }
      };
      const [proxied, itself] = [await said(through), await said(direct)];
      assert.deepEqual(proxied, itself);
    });
  }
}

test('response headers reach getHeaders()', async () => {
  const through = new Portkey({ apiKey: API_KEY, baseURL: PROXY_URL + '/v1' });
  const list = await through.integrations.list({});
  assert.ok(Object.keys(list.getHeaders()).length > 0, 'a passed answer keeps its x-portkey- headers');
});

test('a wrong key is told what the control plane says', async () => {
  for (const base of [PROXY_URL, MOCK_URL]) {
    const stranger = new Portkey({ apiKey: 'nobody-knows-this-key', baseURL: base + '/v1' });
    await assert.rejects(stranger.integrations.retrieve({ slug: 'whatever' }), { status: 401 });
  }
});
