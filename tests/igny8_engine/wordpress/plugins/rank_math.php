<?php
// What Rank Math does over REST: fields that core drops, and an address of its own that takes them.
define( 'RANK_MATH_VERSION', '1.0.273' );
add_action(
	'rest_api_init',
	static function () {
		register_rest_route(
			'rankmath/v1',
			'/updateMeta',
			array(
				'methods'             => 'POST',
				'permission_callback' => static function ( $request ) {
					return current_user_can( 'edit_post', $request['objectID'] );
				},
				'callback'            => static function ( $request ) {
					foreach ( $request['meta'] as $name => $value ) {
						update_post_meta( $request['objectID'], $name, $value );
					}
					return array( 'slug' => true, 'schemas' => array() );
				},
			)
		);
	}
);
