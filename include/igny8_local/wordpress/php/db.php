<?php
// What WordPress loads before it connects: with SQLite its driver, from where that was fetched to; with MariaDB nothing.
if ( getenv( 'LOCAL_WORDPRESS_SQLITE' ) ) {
	define( 'DB_ENGINE', 'sqlite' );
	define( 'DB_DIR', dirname( getenv( 'LOCAL_WORDPRESS_SQLITE' ) ) );
	define( 'DB_FILE', basename( getenv( 'LOCAL_WORDPRESS_SQLITE' ) ) );
	require_once getenv( 'LOCAL_WORDPRESS_DRIVER' ) . '/wp-includes/sqlite/db.php';
}
