"""Lookups and writes as the Python SDK sends them: httpx with pooled connections, no timeout, gzip welcome.

The SDK needs a content-type and a JSON object in every answer, and it retries nothing that counts.
"""

import asyncio
import unittest

import httpx

from harness import mock_control_plane, sidecache

HEADERS = {
    "x-portkey-api-key": "demo-acme-prod-key",
    "x-portkey-package-version": "portkey-2.3.0",
    "x-portkey-runtime": "CPython",
    "x-portkey-runtime-version": "3.11.2",
    "Content-Type": "application/json",
}


class PythonSdkHabits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        mock = cls.enterClassContext(mock_control_plane())
        cls.proxy = cls.enterClassContext(sidecache(mock.url("mock")))
        cls.mock_url = mock.url("mock")

    def client(self, base="/v1"):
        # trust_env: the test speaks to loopback, whatever proxy this machine is told to use
        return self.enterContext(httpx.Client(base_url=self.proxy.url("proxy") + base, headers=HEADERS, timeout=None,
                                              trust_env=False))

    def object_of(self, answer, status=200):
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertIn("application/json", answer.headers["content-type"])
        body = answer.json()
        self.assertIsInstance(body, dict)
        return body

    def test_a_record_is_read_written_and_read_again(self):
        for base in ("/v1", "/v1/", ""):
            with self.subTest(base):
                self.crud(self.client(base), f"from-httpx{base.replace('/', '-')}")

    def crud(self, client, slug):
        made = {"name": "From httpx", "slug": slug, "ai_provider_id": "openai", "key": "sk-x", "configurations": {}}
        # Nobody is there yet, and that is remembered only until it is made.
        self.object_of(client.get(f"/integrations/{slug}"), 404)
        self.object_of(client.post("/integrations", json=made))
        first = self.object_of(client.get(f"/integrations/{slug}"))
        self.assertEqual(first["name"], "From httpx")
        self.assertEqual(self.object_of(client.get(f"/integrations/{slug}")), first)
        self.object_of(client.put(f"/integrations/{slug}", json={"name": "Renamed"}))
        self.assertEqual(self.object_of(client.get(f"/integrations/{slug}"))["name"], "Renamed")
        self.object_of(client.delete(f"/integrations/{slug}"))
        self.object_of(client.get(f"/integrations/{slug}"), 404)

    def test_lists_pass(self):
        client = self.client()
        for kind in ("integrations", "virtual-keys", "providers"):
            body = self.object_of(client.get(f"/{kind}", params={"current_page": 0, "page_size": 2}))
            self.assertEqual(body["object"], "list")
            self.assertLessEqual(len(body["data"]), 2)

    def test_errors_are_objects_too(self):
        client = self.client()
        self.object_of(client.get("/integrations/nobody"), 404)
        self.object_of(client.get("/integrations/nobody", headers={"x-portkey-api-key": "wrong"}), 401)
        self.object_of(client.post("/integrations", json={"name": "no provider"}), 400)

    def test_the_second_lookup_is_a_hit(self):
        client = self.client()
        slug = self.seeded(client)
        client.get(f"/integrations/{slug}")
        self.assertIn("sidecache; hit", client.get(f"/integrations/{slug}").headers["cache-status"])

    def test_one_connection_serves_them_all(self):
        client = self.client()
        slug = self.seeded(client)
        streams = {id(client.get(f"/integrations/{slug}").extensions["network_stream"]) for _ in range(20)}
        self.assertEqual(len(streams), 1)

    def test_a_hundred_at_once(self):
        slug = self.seeded(self.client())

        async def all_at_once():
            async with httpx.AsyncClient(base_url=self.proxy.url("proxy"), headers=HEADERS, timeout=None,
                                         trust_env=False) as client:
                return await asyncio.gather(*(client.get(f"/v1/integrations/{slug}") for _ in range(100)))
        answers = asyncio.run(all_at_once())
        self.assertEqual({a.status_code for a in answers}, {200})
        self.assertEqual(len({a.content for a in answers}), 1)

    def test_it_is_what_the_control_plane_says(self):
        client = self.client()
        mock = self.enterContext(httpx.Client(base_url=self.mock_url, headers=HEADERS, timeout=None, trust_env=False))
        for kind in ("integrations", "virtual-keys", "providers"):
            for entry in client.get(f"/{kind}").json()["data"]:
                path = f"/v1/{kind}/{entry['slug']}"
                itself = mock.get(path)
                for _ in range(2):
                    through = client.get(f"/{kind}/{entry['slug']}")
                    self.assertEqual((through.status_code, through.content), (itself.status_code, itself.content), path)

    @staticmethod
    def seeded(client):
        return client.get("/integrations").json()["data"][0]["slug"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
