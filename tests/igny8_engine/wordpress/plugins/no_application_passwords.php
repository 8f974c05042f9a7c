<?php
// A security plugin that switches application passwords off.
add_filter( 'wp_is_application_passwords_available', '__return_false' );
