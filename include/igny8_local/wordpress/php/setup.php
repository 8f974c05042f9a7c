<?php
// php setup.php SITE TITLE '{"login": "role", …}': installs the site if needed; gives every user an application password,
// and prints {"version": "6.8", "users": {"login": {"password": …, "application_password": …}}}. Safe to repeat.
[ , $site, $title, $users ] = $argv;
$_SERVER['HTTP_HOST']       = '127.0.0.1';
$_SERVER['SERVER_NAME']     = '127.0.0.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
function wp_new_blog_notification() {} // the two send mail otherwise
function wp_mail() {
	return true;
}
$socket = getenv( 'LOCAL_WORDPRESS_SOCKET' );
if ( $socket ) { // MariaDB's
	$database = new mysqli( 'localhost', 'root', '', '', 0, $socket );
	$database->query( 'CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4' );
	$database->close();
}
define( 'WP_INSTALLING', true );
require $site . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
if ( ! is_blog_installed() ) {
	wp_install( $title, 'admin', 'admin@example.test', true, '', wp_generate_password( 24, false ) );
}
update_option( 'blogname', $title );
if ( ! wp_get_theme()->exists() ) { // Debian's package of WordPress is without one
	foreach ( array_keys( wp_get_themes() ) as $theme ) {
		switch_theme( $theme );
		break;
	}
}
update_option( 'permalink_structure', '/%postname%/' );
update_option( 'timezone_string', 'UTC' );
$GLOBALS['wp_rewrite']->init();
flush_rewrite_rules( false );
$told = array( 'version' => $GLOBALS['wp_version'], 'users' => array() );
foreach ( json_decode( $users, true ) as $login => $role ) {
	$password = wp_generate_password( 24, false );
	$id       = username_exists( $login );
	if ( $id ) {
		wp_set_password( $password, $id );
	} else {
		$id = wp_insert_user( array( 'user_login' => $login, 'user_pass' => $password, 'user_email' => "$login@example.test", 'role' => $role ) );
	}
	WP_Application_Passwords::delete_all_application_passwords( $id );
	$made = WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'IGNY8' ) );
	if ( is_wp_error( $made ) ) {
		fwrite( STDERR, $made->get_error_message() . "\n" );
		exit( 1 );
	}
	$told['users'][ $login ] = array(
		'password'             => $password,
		'application_password' => WP_Application_Passwords::chunk_password( $made[0] ),
	);
}
echo json_encode( $told, JSON_UNESCAPED_SLASHES ), "\n";
