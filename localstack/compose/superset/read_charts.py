"""Prints as one JSON line what every chart of Superset shows: {"<title>": [{"<column>": value, …}, …], …}."""

import json
import os

from superset.app import create_app


def main() -> None:
    client = create_app().test_client()
    login = {"username": "admin", "password": os.environ["SUPERSET_ADMIN_PASSWORD"], "provider": "db"}
    token = client.post("/api/v1/security/login", json=login).get_json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    charts = client.get("/api/v1/chart/", headers=headers).get_json()["result"]
    print(json.dumps({chart["slice_name"]: rows_of(client, headers, chart["id"]) for chart in charts}))


def rows_of(client, headers, chart_id):
    response = client.get(f"/api/v1/chart/{chart_id}/data/", headers=headers)
    if response.status_code != 200:
        raise RuntimeError(f"chart {chart_id} answered {response.status_code}: {response.get_data(as_text=True)}")
    return response.get_json()["result"][0]["data"]


if __name__ == "__main__":
    main()
