<?php
// A plugin that takes HTML comments out of what is saved.
add_filter(
	'wp_insert_post_data',
	static function ( $data ) {
		$data['post_content'] = preg_replace( '/<!--.*?-->/s', '', $data['post_content'] );
		return $data;
	}
);
