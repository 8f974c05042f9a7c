<?php
// One WordPress on this machine only. Everything comes from the environment, so one tree serves any port and database.
define( 'DB_HOST', 'localhost:' . getenv( 'LOCAL_WORDPRESS_SOCKET' ) );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_NAME', 'wordpress' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT' ) as $key ) {
	define( $key, getenv( 'LOCAL_WORDPRESS_SECRET' ) . $key );
}
$table_prefix = 'wp_';
if ( 'https' === ( $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '' ) ) {
	$_SERVER['HTTPS'] = 'on';
}
$address = ( empty( $_SERVER['HTTPS'] ) ? 'http://' : 'https://' ) . ( $_SERVER['HTTP_HOST'] ?? '127.0.0.1' );
define( 'WP_HOME', $address );
define( 'WP_SITEURL', $address );
define( 'WP_ENVIRONMENT_TYPE', getenv( 'LOCAL_WORDPRESS_TYPE' ) ?: 'local' ); // local: application passwords without https
define( 'DISABLE_WP_CRON', true );                                          // it would call itself while it answers
define( 'WP_HTTP_BLOCK_EXTERNAL', true );                                   // no updates, no pings
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_AUTO_UPDATE_CORE', false );
define( 'DISALLOW_FILE_MODS', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/../wordpress.log' );
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
