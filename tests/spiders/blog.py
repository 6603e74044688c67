"""A real WordPress on loopback, where Debian's wordpress, mariadb-server and php-mysql are installed."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORDPRESS = Path("/usr/share/wordpress")
NEEDED = ("php", "mariadbd", "mariadb-install-db")

CONFIG = """<?php
define('DB_NAME', 'blog'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""

ROUTER = """<?php
$path = __DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($path)) { return false; }
$_SERVER['SCRIPT_NAME'] = '/index.php'; $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/index.php';
"""

INSTALL = """
define('WP_INSTALLING', true);
require 'wp-load.php'; require 'wp-admin/includes/upgrade.php';
wp_install('Harbour blog', 'editor', 'editor@harbour.example', true, '', wp_generate_password());
update_option('siteurl', '%(address)s'); update_option('home', '%(address)s');
global $wp_rewrite; $wp_rewrite->set_permalink_structure('%(permalinks)s'); $wp_rewrite->flush_rules();
wp_delete_post(1, true);
$reading = wp_insert_term('Reading', 'category');
for ($n = 1; $n <= %(count)d; $n++) {
  $text = '';
  for ($k = 1; $k <= 3; $k++) {
    $text .= "<p>In project $n, part $k, pupils of the two schools met each week to work on theme " . ($n * 7 + $k) .
      " with a teacher from the partner school, and each class wrote about what it had learnt that term.</p>\\n\\n";
  }
  wp_insert_post(['post_title' => "Project $n & friends", 'post_content' => $text, 'post_status' => 'publish',
    'post_author' => 1, 'post_date' => sprintf('2026-%%02d-%%02d 23:30:00', 1 + $n %% 9, 1 + $n %% 27),
    'post_category' => $n <= 4 ? [$reading['term_id']] : [1], 'post_name' => "project-$n"]);
}
wp_insert_post(['post_title' => 'A draft', 'post_content' => 'Not yet', 'post_status' => 'draft', 'post_author' => 1]);
wp_insert_post(['post_title' => 'Locked', 'post_content' => 'For members', 'post_status' => 'publish',
  'post_author' => 1, 'post_password' => wp_generate_password()]);
"""


def missing() -> str:
    """Return what is not installed; empty if all is."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    return ", ".join([*lacking, *([] if WORDPRESS.exists() else [str(WORDPRESS)])])


@dataclass
class Blog:
    """A running WordPress."""

    address: str
    folder: Path

    def php(self, code: str) -> str:
        """Run PHP within WordPress."""
        name = self.address.removeprefix("http://")
        started = f"$_SERVER['HTTP_HOST'] = '{name}'; $_SERVER['REQUEST_URI'] = '/'; chdir('{self.folder}');"
        if "wp-load.php" not in code:
            code = f"require 'wp-load.php'; {code}"
        done = subprocess.run(
            ["php", "-r", started + code], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def blog(folder: Path, *, permalinks: str, count: int = 25) -> Iterator[Blog]:
    """Run a WordPress with posts, a draft and a locked post; `permalinks` is empty for plain ones."""
    with _database(folder) as database, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        root = folder / "wordpress"
        shutil.copytree(WORDPRESS, root, symlinks=True, ignore=shutil.ignore_patterns("wp-config.php"))
        (root / "wp-config.php").write_text(CONFIG % {"socket": database})
        (root / "router.php").write_text(ROUTER)
        served = Blog(f"http://127.0.0.1:{port}", root)
        served.php(INSTALL % {"address": served.address, "permalinks": permalinks, "count": count})
        free.close()
        server = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", str(root), str(root / "router.php")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "2"},
            start_new_session=True,
        )
        try:
            _wait(served.address)
            yield served
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextmanager
def _database(folder: Path) -> Iterator[Path]:
    data, sock = folder / "data", folder / "sql"
    own = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if os.geteuid() == 0 else [])]
    subprocess.run(
        ["mariadb-install-db", *own, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (folder / "init.sql").write_text("CREATE DATABASE IF NOT EXISTS blog;\n")
    small = [
        "--innodb-buffer-pool-size=32M",
        "--innodb-log-file-size=8M",
        "--innodb-flush-log-at-trx-commit=0",
    ]
    server = subprocess.Popen(
        [
            "mariadbd",
            *own,
            *small,
            "--skip-networking",
            f"--socket={sock}",
            f"--init-file={folder / 'init.sql'}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not sock.exists():
            assert server.poll() is None and time.monotonic() < deadline, "the database did not start"
            time.sleep(0.1)
        yield sock
    finally:
        server.kill()
        server.wait()


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, "the blog did not start"
            time.sleep(0.2)
