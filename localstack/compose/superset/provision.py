"""Brings Superset to the state that this folder describes: its schema, one administrator, the dashboard. Safe to repeat.

Settings, by environment: SUPERSET_TRINO_URI (trino://user@host:port/catalog), SUPERSET_ADMIN_PASSWORD, and what
superset_config.py reads.
"""

import os
import subprocess
import sys
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
DATABASE = "databases/lakehouse.yaml"
TRINO_OF_ASSETS = "trino://superset@trino:8080/lake"
ADMIN = "admin"


def main() -> None:
    superset("db", "upgrade")
    # Reports an administrator who is there already, and ends well.
    superset(
        *("fab", "create-admin", "--username", ADMIN, "--firstname", "Local", "--lastname", "Admin"),
        *("--email", "admin@localhost.invalid", "--password", os.environ["SUPERSET_ADMIN_PASSWORD"]),
    )
    superset("init")
    import_assets()


def superset(*arguments: str) -> None:
    subprocess.run([str(Path(sys.executable).parent / "superset"), *arguments], check=True)


def import_assets() -> None:
    """What POST /api/v1/assets/import/ does: these files win over what was changed in the pages.

    `superset import-directory` leaves the charts' saved queries pointing to no dataset.
    """
    # Importing Superset reads its configuration, which the commands above have to have accepted.
    from flask import g
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand

        contents = {str(file.relative_to(ASSETS)): file.read_text() for file in sorted(ASSETS.rglob("*.yaml"))}
        contents[DATABASE] = contents[DATABASE].replace(TRINO_OF_ASSETS, os.environ["SUPERSET_TRINO_URI"])
        g.user = security_manager.find_user(username=ADMIN)
        ImportAssetsCommand(contents).run()
    print(f"imported {len(contents)} files of {ASSETS}")


if __name__ == "__main__":
    main()
